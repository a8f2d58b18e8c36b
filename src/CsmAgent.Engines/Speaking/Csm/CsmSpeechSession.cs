using System.Runtime.CompilerServices;
using CsmAgent.Audio;
using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Codec;
using CsmAgent.Engines.Inference;
using CsmAgent.Engines.Voices;
using CsmAgent.Models.Mimi.Streaming;
using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Engines.Speaking.Csm;

/// <summary>One conversation's CSM: the live cache, the decoder's stream, and which seed comes next.</summary>
internal sealed class CsmSpeechSession : ISpeechSession
{
    // A voice may be slow, but a clause that takes three times as long as it should has lost its way.
    private const double LongestStretch = 3;
    private const int LeastFrames = 15;
    private const int Attempts = 4;

    private readonly InferenceOwner _owner;
    private readonly CsmContext _context;
    private readonly MimiModel _mimi;
    private readonly IMimiDecoder _decoder;
    private readonly SamplingSettings _sampling;
    private readonly ulong _seed;
    private readonly int _ownSpeaker;
    private readonly SpeechAlignment _alignment;
    private readonly CancellationTokenSource _closing = new();
    private Task _tidying = Task.CompletedTask;
    private readonly IReadOnlyList<VoiceTone?> _tones;
    private readonly VoiceShaper?[] _shapers;
    private VoiceShaper? _shaper;
    private int? _turn;
    private ulong _clauses;

    /// <param name="owner">The inference thread; borrowed.</param>
    /// <param name="context">The cache with the voice's prompt; owned.</param>
    /// <param name="mimi">The codec; borrowed.</param>
    /// <param name="sampling">How to sample when a request does not say.</param>
    /// <param name="seed">The first clause's seed when a request does not say.</param>
    /// <param name="ownSpeaker">The speaker id of the agent's voice: it changes places with id 0, which the conversation calls the agent.</param>
    /// <param name="tones">What is put on the sound of speaker 0, 1, …; null for nothing. The context keeps what the model made.</param>
    public CsmSpeechSession(
        InferenceOwner owner, CsmContext context, MimiModel mimi, SamplingSettings sampling, ulong seed, int ownSpeaker, IReadOnlyList<VoiceTone?> tones)
        : this(owner, context, mimi, sampling, seed, ownSpeaker, tones, new SpeechAlignment())
    {
    }

    private CsmSpeechSession(
        InferenceOwner owner, CsmContext context, MimiModel mimi, SamplingSettings sampling, ulong seed, int ownSpeaker, IReadOnlyList<VoiceTone?> tones,
        SpeechAlignment alignment)
    {
        (_owner, _context, _mimi, _sampling, _seed) = (owner, context, mimi, sampling, seed);
        (_ownSpeaker, _tones, _alignment) = (ownSpeaker, tones, alignment);
        _shapers = [.. tones.Select(tone => tone is null ? null : new VoiceShaper(tone))];
        _decoder = mimi.OpenDecoder(context.Config.CodebookCount);
        Positions = (context.Position, context.Limit);
    }

    public (int Used, int Limit) Positions { get; private set; }

    /// <summary>Completes when no room is being made: what a full context forgets depends on when that happens, and a test must not.</summary>
    internal Task Tidied => _tidying;

    public async ValueTask AppendAsync(HeardSegment segment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(segment);
        var heard = new ContextSegment(Speaker(segment.Speaker), segment.Text, null);
        // The codec may have more codebooks than the model listens to.
        heard.Frames.AddRange(segment.Codes.Select(frame =>
            frame.Codes.Length > _context.Config.CodebookCount ? frame.Codes[.._context.Config.CodebookCount].ToArray() : frame.Codes.ToArray()));
        await RunAsync(() => _context.Append(heard), InferenceDeadlines.Context, cancellationToken);
        await TidyAsync();
    }

    public async IAsyncEnumerable<SpeechFrame> SpeakAsync(SpeechRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!request.Text.Any(char.IsLetterOrDigit))
        {
            yield break;
        }

        var sampling = new SamplingSettings(request.Sampling?.Temperature ?? _sampling.Temperature, request.Sampling?.TopK ?? _sampling.TopK, _sampling.Guidance, _sampling.VoiceGuidance);
        var seed = request.Sampling?.Seed ?? _seed + _clauses;
        _clauses++;
        var segment = new ContextSegment(Speaker(request.Speaker), request.Text, request.Turn);
        _shaper = request.Speaker < _shapers.Length ? _shapers[request.Speaker] : null;
        var most = Math.Min(request.MaxFrames, LeastFrames + (int)(LongestStretch * _alignment.Expect(request.Text)));
        var sampler = new SeededSampler(sampling, seed);
        var frame = await RunAsync(
            () =>
            {
                if (_turn != request.Turn)
                {
                    _turn = request.Turn;
                    _decoder.Reset();
                }

                most = _context.Begin(segment, most, sampling.Guidance, sampling.VoiceGuidance);
                return First(sampling, seed, segment, ref sampler);
            },
            InferenceDeadlines.FirstFrame,
            cancellationToken);

        var (index, spoken) = (0, 0);
        while (frame is not null)
        {
            spoken = index + 1 == most ? request.Text.Length
                : Math.Max(spoken, frame.Value.Reading is { } reading
                    ? SpeechAlignment.CharactersBefore(request.Text, reading)
                    : _alignment.CharactersAfter(request.Text, index + 1));
            yield return new SpeechFrame(index, frame.Value.Samples, new CodeFrame(frame.Value.Codes), spoken);
            index++;
            frame = index == most ? null : await RunAsync(() => Next(sampler), InferenceDeadlines.Frame, cancellationToken);
        }

        await RunAsync(_context.EndOpenSegment, InferenceDeadlines.Frame, cancellationToken);
        if (index < most)
        {
            _alignment.Learn(request.Text, index);
        }

        await TidyAsync();
    }

    public async ValueTask RollBackAsync(int turn, int heardFrames, string heardText, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(heardText);
        ArgumentOutOfRangeException.ThrowIfNegative(heardFrames);
        await RunAsync(
            () =>
            {
                _context.Keep(turn, heardFrames, heardText);
                // The sound that was decoded ahead was never heard: the next clause begins from silence.
                _turn = null;
            },
            InferenceDeadlines.Context,
            cancellationToken);
    }

    // The fork's decoder begins from silence, as it does for every turn of the agent's.
    public async ValueTask<ISpeechSession> ForkAsync(CancellationToken cancellationToken) =>
        await RunAsync<ISpeechSession>(
            () => new CsmSpeechSession(_owner, _context.Fork(), _mimi, _sampling, _seed, _ownSpeaker, _tones, _alignment.Copy()) { _clauses = _clauses },
            InferenceDeadlines.FirstFrame,
            cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _tidying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
        await _owner.RunAsync(
            () =>
            {
                _decoder.Dispose();
                _context.Dispose();
            },
            InferenceDeadlines.Background,
            CancellationToken.None);
    }

    // Starts making room unless that is going on; a fault of the last time comes out here, where somebody listens.
    private async ValueTask TidyAsync()
    {
        if (_tidying.IsCompleted)
        {
            await _tidying;
            _tidying = RunTidyAsync();
        }

        async Task RunTidyAsync()
        {
            try
            {
                while (await RunAsync(_context.Tidy, InferenceDeadlines.Background, _closing.Token))
                {
                }
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                // The session closes.
            }
        }
    }

    // The model may end a clause before its first frame: it is asked again with other noise.
    private SpokenFrame? First(SamplingSettings sampling, ulong seed, ContextSegment segment, ref SeededSampler sampler)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (Next(sampler) is { } frame)
            {
                return frame;
            }

            // Argmax would only repeat itself.
            sampler = new(sampling.Temperature == 0 ? SamplingSettings.Default : sampling, seed + (0x9E3779B97F4A7C15 * (ulong)(attempt + 1)));
        }

        _context.Discard(segment);
        throw new EngineException($"The speech model ended \"{segment.Text}\" before its first frame, {Attempts} times. Its checkpoint or its voice is not fit to speak.");
    }

    private SpokenFrame? Next(SeededSampler sampler)
    {
        var reading = _context.Reading();
        var codes = new int[_context.Config.CodebookCount];
        if (!_context.Generate(sampler, codes))
        {
            return null;
        }

        _context.AddFrame(codes);
        int[] decodable = [.. codes];
        MimiFrames.Clamp(decodable, _mimi.CodebookSize);
        var samples = new float[AudioFormat.FrameSamples];
        _decoder.Decode(decodable, samples);
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = float.IsNaN(samples[i]) ? throw new EngineException("The codec decoded a frame to something that is no number: its weights are broken.") : Math.Clamp(samples[i], -1f, 1f);
        }

        _shaper?.Process(samples);
        return new(samples, codes, reading);
    }

    private readonly record struct SpokenFrame(float[] Samples, int[] Codes, int? Reading);

    private int Speaker(int speaker) => speaker == 0 ? _ownSpeaker : speaker == _ownSpeaker ? 0 : speaker;

    private Task<bool> RunAsync(Action step, TimeSpan within, CancellationToken cancellationToken) =>
        RunAsync(
            () =>
            {
                step();
                return true;
            },
            within,
            cancellationToken);

    private Task<T> RunAsync<T>(Func<T> step, TimeSpan within, CancellationToken cancellationToken) =>
        _owner.RunAsync(
            () =>
            {
                try
                {
                    return step();
                }
                finally
                {
                    Positions = (_context.Position, _context.Limit);
                }
            },
            within,
            cancellationToken);
}
