using System.Runtime.CompilerServices;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Tests.Fakes;

/// <summary>Engines that answer at once and write down what they were asked.</summary>
internal sealed class FakeEngines : ISpeechCodec, ISpeechRecognizer, IReplyGenerator, ISpeechSynthesizer
{
    private readonly Lock _lock = new();
    private readonly List<string> _asked = [];

    /// <summary>What the recogniser hears, utterance by utterance; nothing once they are used up. One that is begun again hears the same.</summary>
    public Queue<string> Heard { get; } = new();

    /// <summary>What is answered; may throw, wait or never end.</summary>
    public Func<ReplyRequest, CancellationToken, IAsyncEnumerable<string>> Answer { get; set; } = (request, _) => Say($"You said {request.UserText}.");

    /// <summary>Called before every frame of speech, with its number over all replies.</summary>
    public Func<int, CancellationToken, Task>? BeforeFrame { get; set; }

    public Func<Task>? BeforeFork { get; set; }

    public Action? BeforeRecognition { get; set; }

    public Func<Task>? BeforeHearing { get; set; }

    /// <summary>What becomes of a final text.</summary>
    public Func<string, string> Mangle { get; set; } = text => text;

    /// <summary>The codes of the user's frame with this number.</summary>
    public Func<int, CodeFrame> Codes { get; set; } = frame => new CodeFrame(new[] { frame % 2048, 7 });

    public Func<Task>? BeforeEncoding { get; set; }

    public bool CanSpeculate { get; set; }

    public int FramesEncoded;

    public int FramesSpoken;

    public int SessionsOpen;

    /// <summary>The samples of a frame, by its number over all replies.</summary>
    public Func<int, float[]> Sound { get; set; } = Loud;

    /// <summary>An engine hangs in a call that never returns.</summary>
    public ManualResetEventSlim Stalled { get; } = new();

    /// <summary>The newest request for a reply.</summary>
    public ReplyRequest? LastRequest { get; private set; }

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

    /// <summary>What each session of the voice was asked since the conversation began, in the order they were opened; a fork
    /// begins with what the session it came from had been asked.</summary>
    public List<IReadOnlyList<string>> Contexts { get; } = [];

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

    public static float[] Loud(int frame) => [.. Enumerable.Repeat(0.25f, 1920)];

    public static async IAsyncEnumerable<string> Say(params string[] pieces)
    {
        foreach (var piece in pieces)
        {
            await Task.CompletedTask;
            yield return piece;
        }
    }

    /// <summary>Conversations that were to be forgotten.</summary>
    public List<string> Forgotten { get; } = [];

    public void Forget(string conversationId) => Forgotten.Add(conversationId);

    /// <summary>How often a reply was to be undone.</summary>
    public int TakenBack;

    public void TakeBack(string conversationId) => Interlocked.Increment(ref TakenBack);

    public ValueTask<ISpeechEncoder> OpenEncoderAsync(CancellationToken cancellationToken) => new(new Encoder(this));

    public ValueTask<ISpeechDecoder> OpenDecoderAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public IReadOnlyList<string> TakeAnnouncements(string conversationId) => Announce();

    public IAsyncEnumerable<string> ReplyAsync(ReplyRequest request, CancellationToken cancellationToken) => Answer(LastRequest = request, cancellationToken);

    ValueTask<IRecognitionSession> ISpeechRecognizer.OpenAsync(CancellationToken cancellationToken) => new(new Recognition_(this));

    ValueTask<ISpeechSession> ISpeechSynthesizer.OpenAsync(string? voice, CancellationToken cancellationToken)
    {
        Note($"open {voice}");
        return new(new Voice(this, []));
    }

    ValueTask<ISpeechSession> ISpeechSynthesizer.OpenSharedAsync(IReadOnlyList<string> voices, CancellationToken cancellationToken)
    {
        Note($"open {string.Join('+', voices)}");
        return new(new Voice(this, []));
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
            return _engines.Codes(frame);
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
                _words = _engines.Heard.TryPeek(out var text) ? text.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
            }

            (_fed, _shown) = (0, 0);
            return default;
        }

        // One word every 240 ms.
        public async ValueTask<string?> AcceptAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken)
        {
            _engines.BeforeRecognition?.Invoke();
            if (_engines.BeforeHearing is { } before)
            {
                await before();
            }

            _fed += samples.Length;
            var words = Math.Min(_words.Length, _fed / 5760);
            if (words == _shown)
            {
                return null;
            }

            _shown = words;
            return string.Join(' ', _words[..words]);
        }

        public ValueTask<Recognition> FinishAsync(CancellationToken cancellationToken)
        {
            _engines.BeforeRecognition?.Invoke();
            lock (_engines._lock)
            {
                _ = _engines.Heard.TryDequeue(out _);
            }

            return new(new Recognition(_engines.Mangle(string.Join(' ', _words))));
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
        private readonly List<string> _context;

        public Voice(FakeEngines engines, List<string> context)
        {
            (_engines, _context) = (engines, context);
            Interlocked.Increment(ref engines.SessionsOpen);
            lock (engines._lock)
            {
                engines.Contexts.Add(context);
            }
        }

        public (int Used, int Limit) Positions => (0, 2048);

        public ValueTask AppendAsync(HeardSegment segment, CancellationToken cancellationToken)
        {
            Note($"append {segment.Speaker} '{segment.Text}' {segment.Codes.Count}");
            return default;
        }

        public async IAsyncEnumerable<SpeechFrame> SpeakAsync(SpeechRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Note($"speak {request.Turn} '{request.Text}'{(request.Speaker == 0 ? "" : $" as {request.Speaker}")}");
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
            Note($"rollback {turn} {heardFrames} '{heardText}'");
            return default;
        }

        public async ValueTask<ISpeechSession> ForkAsync(CancellationToken cancellationToken)
        {
            if (_engines.BeforeFork is { } before)
            {
                await before();
            }

            return new Voice(_engines, [.. _context]);
        }

        private void Note(string asked)
        {
            _context.Add(asked);
            _engines.Note(asked);
        }

        public ValueTask DisposeAsync()
        {
            Interlocked.Decrement(ref _engines.SessionsOpen);
            return default;
        }
    }
}
