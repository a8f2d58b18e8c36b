using System.Runtime.CompilerServices;
using CsmAgent.Audio;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Tests.Dialogue;

/// <summary>Speaks tones: one pitch for each speaker, a little detuned by the seed, four frames for each word, with silence before
/// and after. Remembers what it heard.</summary>
internal sealed class ToneSynthesizer : ISpeechSynthesizer
{
    public string Name => "tones";

    public bool IsBootstrap => true;

    public List<IReadOnlyList<string>> Opened { get; } = [];

    public List<HeardSegment> Heard { get; } = [];

    public List<SpeechRequest> Spoken { get; } = [];

    public Action<SpeechRequest> BeforeSpeaking { get; set; } = _ => { };

    public bool IsMute { get; set; }

    public ValueTask<ISpeechSession> OpenAsync(string? voice, CancellationToken cancellationToken) => OpenSharedAsync([voice ?? "one"], cancellationToken);

    public ValueTask<ISpeechSession> OpenSharedAsync(IReadOnlyList<string> voices, CancellationToken cancellationToken)
    {
        Opened.Add(voices);
        return ValueTask.FromResult<ISpeechSession>(new Session(this));
    }

    private sealed class Session(ToneSynthesizer owner) : ISpeechSession
    {
        public (int Used, int Limit) Positions => (0, 2048);

        public ValueTask AppendAsync(HeardSegment segment, CancellationToken cancellationToken)
        {
            owner.Heard.Add(segment);
            return ValueTask.CompletedTask;
        }

        public async IAsyncEnumerable<SpeechFrame> SpeakAsync(SpeechRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            owner.BeforeSpeaking(request);
            cancellationToken.ThrowIfCancellationRequested();
            owner.Spoken.Add(request);
            var voiced = 4 * request.Text.Split(' ').Length;
            var hertz = 120 + (80 * request.Speaker) + (int)((request.Sampling?.Seed ?? 0) % 16);
            for (var i = 0; i < voiced + 3; i++)
            {
                var samples = new float[AudioFormat.FrameSamples];
                var isSilent = owner.IsMute || i < 2 || i == voiced + 2;
                for (var n = 0; n < samples.Length && !isSilent; n++)
                {
                    samples[n] = 0.3f * (float)Math.Sin(2 * Math.PI * hertz * ((i * samples.Length) + n) / AudioFormat.SampleRateHz);
                }

                yield return new SpeechFrame(
                    i, samples, new CodeFrame(new[] { request.Speaker, i }), request.Text.Length * Math.Clamp(i - 1, 0, voiced) / voiced);
            }
        }

        public ValueTask RollBackAsync(int turn, int heardFrames, string heardText, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<ISpeechSession> ForkAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
