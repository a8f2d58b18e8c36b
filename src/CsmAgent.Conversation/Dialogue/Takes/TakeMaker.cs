using CsmAgent.Audio;
using CsmAgent.Conversation.Dialogue.Script;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Reply;

namespace CsmAgent.Conversation.Dialogue.Takes;

/// <summary>Speaks lines in one context that all speakers share. The context is opened when the first line must be spoken, and
/// hears what earlier takes hold of the lines before it.</summary>
internal sealed class TakeMaker(ISpeechSynthesizer synthesizer, IReadOnlyList<string> voices) : IAsyncDisposable
{
    /// <summary>As much of the past as fits a context beside the voices: 96 s.</summary>
    private const int RememberedFrames = 1_200;

    private readonly Queue<HeardSegment> _unheard = [];
    private ISpeechSession? _session;
    private int _unheardFrames;
    private int _turn;

    /// <summary>Positions of the context in use, and the most; null before anything was spoken.</summary>
    public (int Used, int Limit)? Context => _session?.Positions;

    /// <summary>What a line says, cut into clauses: as written and as spoken.</summary>
    public static IReadOnlyList<(TimeSpan Pause, string Text, string Spoken)> Clauses(DialogueLine line)
    {
        var clauses = new List<(TimeSpan, string, string)>();
        foreach (var part in line.Parts)
        {
            var splitter = new ClauseSplitter();
            var pause = part.Pause;
            foreach (var clause in splitter.Add(part.Text).Concat(splitter.Finish()))
            {
                var spoken = SpeechText.ToWords(clause);
                if (spoken.Any(char.IsLetterOrDigit))
                {
                    clauses.Add((pause, clause.Trim(), spoken));
                    pause = TimeSpan.Zero;
                }
            }
        }

        return clauses;
    }

    /// <summary>The most frames a text may take: three times what slow speech needs, so that a model that babbles is stopped.</summary>
    public static int MaxFrames(string spoken) => Math.Min(1_125, 30 + (2 * spoken.Length));

    /// <summary>A line that was spoken before; the context hears it when it must speak again.</summary>
    public void Remember(int speaker, Take take)
    {
        foreach (var clause in take.Clauses)
        {
            _unheard.Enqueue(new HeardSegment(speaker, clause.Spoken, clause.Codes));
            _unheardFrames += clause.Codes.Count;
        }

        while (_unheardFrames > RememberedFrames && _unheard.Count > 1)
        {
            _unheardFrames -= _unheard.Dequeue().Codes.Count;
        }
    }

    /// <summary>Speaks a line.</summary>
    public async Task<Take> SpeakAsync(
        DialogueLine line, SpeechSampling sampling, Action<SpeechFrame> heard, Action<string> warn, CancellationToken cancellationToken)
    {
        _session ??= await synthesizer.OpenSharedAsync(voices, cancellationToken);
        while (_unheard.TryDequeue(out var segment))
        {
            await _session.AppendAsync(segment, cancellationToken);
        }

        _unheardFrames = 0;
        _turn++;
        var clauses = new List<TakeClause>();
        foreach (var (pause, text, spoken) in Clauses(line))
        {
            var samples = new List<float>();
            var codes = new List<CodeFrame>();
            var characters = new List<int>();
            var limit = MaxFrames(spoken);
            var request = new SpeechRequest(_turn, spoken, line.Speaker, limit, sampling with { Seed = sampling.Seed + (ulong)clauses.Count });
            await foreach (var frame in _session.SpeakAsync(request, cancellationToken))
            {
                samples.AddRange(frame.Samples.Span);
                codes.Add(frame.Codes);
                characters.Add(frame.SpokenCharacters);
                heard(frame);
            }

            if (codes.Count == limit)
            {
                warn($"'{text}' reached its limit of {limit} frames ({limit / AudioFormat.FramesPerSecond:0.0} s) and may be cut; another [seed] may help");
            }

            clauses.Add(new TakeClause(pause, text, spoken, [.. samples], codes, characters));
        }

        return new Take(sampling.Seed, clauses);
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is not null)
        {
            await _session.DisposeAsync();
        }
    }
}
