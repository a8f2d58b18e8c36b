using System.Runtime.CompilerServices;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Tests.Fakes;

/// <summary>Engines that answer at once and write down what they were asked.</summary>
internal sealed class FakeEngines : ISpeechCodec, ISpeechRecognizer, IReplyGenerator, ISpeechSynthesizer
{
    private readonly Lock _lock = new();
    private readonly List<string> _asked = [];

    /// <summary>What the recogniser hears, utterance by utterance; nothing once they are used up.</summary>
    public Queue<string> Heard { get; } = new();

    /// <summary>What is answered; may throw, wait or never end.</summary>
    public Func<ReplyRequest, CancellationToken, IAsyncEnumerable<string>> Answer { get; set; } = (request, _) => Say($"You said {request.UserText}.");

    /// <summary>Called before every frame of speech, with its number over all replies.</summary>
    public Func<int, CancellationToken, Task>? BeforeFrame { get; set; }

    public Action? BeforeRecognition { get; set; }

    public Func<Task>? BeforeEncoding { get; set; }

    public bool CanSpeculate { get; set; }

    public int FramesEncoded;

    public int FramesSpoken;

    public int SessionsOpen;

    /// <summary>The samples of a frame, by its number over all replies.</summary>
    public Func<int, float[]> Sound { get; set; } = _ => Enumerable.Repeat(0.25f, 1920).ToArray();

    /// <summary>Characters of text one frame speaks.</summary>
    public int CharactersPerFrame { get; set; } = 2;

    /// <summary>Everything the voice's session was asked, in order.</summary>
    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_lock)
            {
                return [.. _asked];
            }
        }
    }

    /// <summary>Who answers instead; null for <see cref="Answer"/>.</summary>
    public IReplyGenerator? Mind { get; set; }

    /// <summary>What is to be said unasked.</summary>
    public Func<IReadOnlyList<string>> Announce { get; set; } = () => [];

    public ConversationEngines Engines => new(this, this, Mind ?? this, this);

    public int CodebookCount => 2;

    public bool IsBootstrap => true;

    string ISpeechRecognizer.Name => "fake ears";

    string IReplyGenerator.Name => "fake mind";

    string ISpeechSynthesizer.Name => "fake voice";

    public static async IAsyncEnumerable<string> Say(params string[] pieces)
    {
        foreach (var piece in pieces)
        {
            await Task.CompletedTask;
            yield return piece;
        }
    }

    public ValueTask<ISpeechEncoder> OpenEncoderAsync(CancellationToken cancellationToken) => new(new Encoder(this));

    public ValueTask<ISpeechDecoder> OpenDecoderAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public IReadOnlyList<string> TakeAnnouncements(string conversationId) => Announce();

    public IAsyncEnumerable<string> ReplyAsync(ReplyRequest request, CancellationToken cancellationToken) => Answer(request, cancellationToken);

    ValueTask<IRecognitionSession> ISpeechRecognizer.OpenAsync(CancellationToken cancellationToken) => new(new Recognition_(this));

    ValueTask<ISpeechSession> ISpeechSynthesizer.OpenAsync(string? voice, CancellationToken cancellationToken)
    {
        Note($"open {voice}");
        return new(new Voice(this));
    }

    private void Note(string asked)
    {
        lock (_lock)
        {
            _asked.Add(asked);
        }
    }

    private sealed class Encoder : ISpeechEncoder
    {
        private readonly FakeEngines _engines;

        public Encoder(FakeEngines engines)
        {
            _engines = engines;
            Interlocked.Increment(ref engines.SessionsOpen);
        }

        public async ValueTask<CodeFrame> EncodeAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken)
        {
            Assert.Equal(1920, samples.Length);
            if (_engines.BeforeEncoding is { } before)
            {
                await before();
            }

            var frame = Interlocked.Increment(ref _engines.FramesEncoded);
            return new CodeFrame(new[] { frame % 2048, 7 });
        }

        public ValueTask ResetAsync(CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync()
        {
            Interlocked.Decrement(ref _engines.SessionsOpen);
            return default;
        }
    }

    private sealed class Recognition_ : IRecognitionSession
    {
        private readonly FakeEngines _engines;
        private string[] _words = [];
        private int _fed;
        private int _shown;

        public Recognition_(FakeEngines engines)
        {
            _engines = engines;
            Interlocked.Increment(ref engines.SessionsOpen);
        }

        public ValueTask StartAsync(CancellationToken cancellationToken)
        {
            lock (_engines._lock)
            {
                _words = _engines.Heard.TryDequeue(out var text) ? text.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
            }

            (_fed, _shown) = (0, 0);
            return default;
        }

        // One word every 240 ms.
        public ValueTask<string?> AcceptAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken)
        {
            _engines.BeforeRecognition?.Invoke();
            _fed += samples.Length;
            var words = Math.Min(_words.Length, _fed / 5760);
            if (words == _shown)
            {
                return new((string?)null);
            }

            _shown = words;
            return new(string.Join(' ', _words[..words]));
        }

        public ValueTask<Recognition> FinishAsync(CancellationToken cancellationToken)
        {
            _engines.BeforeRecognition?.Invoke();
            return new(new Recognition(string.Join(' ', _words)));
        }

        public ValueTask DisposeAsync()
        {
            Interlocked.Decrement(ref _engines.SessionsOpen);
            return default;
        }
    }

    private sealed class Voice : ISpeechSession
    {
        private readonly FakeEngines _engines;

        public Voice(FakeEngines engines)
        {
            _engines = engines;
            Interlocked.Increment(ref engines.SessionsOpen);
        }

        public (int Used, int Limit) Positions => (0, 2048);

        public ValueTask AppendAsync(HeardSegment segment, CancellationToken cancellationToken)
        {
            _engines.Note($"append {segment.Speaker} '{segment.Text}' {segment.Codes.Count}");
            return default;
        }

        public async IAsyncEnumerable<SpeechFrame> SpeakAsync(SpeechRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            _engines.Note($"speak {request.Turn} '{request.Text}'");
            var frames = (request.Text.Length + _engines.CharactersPerFrame - 1) / _engines.CharactersPerFrame;
            for (var i = 0; i < frames; i++)
            {
                var number = Interlocked.Increment(ref _engines.FramesSpoken);
                if (_engines.BeforeFrame is { } before)
                {
                    await before(number, cancellationToken);
                }

                cancellationToken.ThrowIfCancellationRequested();
                var samples = _engines.Sound(number - 1);
                yield return new SpeechFrame(
                    i, samples, new CodeFrame(new[] { number % 2048, 3 }), Math.Min(request.Text.Length, (i + 1) * _engines.CharactersPerFrame));
            }
        }

        public ValueTask RollBackAsync(int turn, int heardFrames, string heardText, CancellationToken cancellationToken)
        {
            _engines.Note($"rollback {turn} {heardFrames} '{heardText}'");
            return default;
        }

        public ValueTask DisposeAsync()
        {
            Interlocked.Decrement(ref _engines.SessionsOpen);
            return default;
        }
    }
}
