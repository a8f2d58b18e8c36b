using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Codec;
using CsmAgent.Engines.Configuration;
using CsmAgent.Engines.Inference;
using CsmAgent.Engines.Speaking.Csm;
using CsmAgent.Engines.Voices;
using CsmAgent.TestSupport;

namespace CsmAgent.Engines.Tests.Speaking;

/// <summary>The tiny random models in the true architecture, in full precision, and a folder for voices.</summary>
public abstract class TinySpeechCase : IAsyncLifetime
{
    protected InferenceOwner Owner { get; } = new("test");

    protected DirectoryInfo Voices { get; } = Directory.CreateTempSubdirectory("csm-agent-voices-");

    protected MimiSpeechCodec Codec { get; private set; } = null!;

    /// <summary>Where the models compute.</summary>
    protected virtual ComputeDevice Device => ComputeDevice.Processor;

    public virtual Task InitializeAsync()
    {
        Codec = new MimiSpeechCodec(Fixtures.Path("mimi-tiny"), Owner, Device);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await Codec.DisposeAsync();
        await Owner.DisposeAsync();
        Voices.Delete(recursive: true);
    }

    protected static string Codes(List<SpeechFrame> frames) => string.Join('|', frames.Select(frame => string.Join(' ', frame.Codes.Codes.ToArray())));

    protected static float[] Sine(double step, double seconds = 0.8) =>
        [.. Enumerable.Range(0, (int)(seconds * 24_000)).Select(i => MathF.Round(0.2f * MathF.Sin(i * (float)step) * 32_767) / 32_767)];

    protected static async Task<List<SpeechFrame>> SpeakAsync(ISpeechSession session, SpeechRequest request)
    {
        List<SpeechFrame> frames = [];
        await foreach (var frame in session.SpeakAsync(request, CancellationToken.None))
        {
            frames.Add(frame);
        }

        return frames;
    }

    protected CsmSynthesizer Synthesizer(int positions = 0) => new(
        new SynthesizerOptions { Precision = "float32", Threads = 1, PositionLimit = positions }, Fixtures.Path("csm-tiny"), Codec, new VoiceLibrary(Voices.FullName), Owner,
        device: Device);

    protected void MakeVoice(string name, double step = 0.05, int speaker = 0, VoiceTone? tone = null, double seconds = 0.8)
    {
        var folder = Voices.CreateSubdirectory(name).FullName;
        WavFile.Write(Path.Combine(folder, "prompt.wav"), Sine(step, seconds));
        File.WriteAllText(
            Path.Combine(folder, VoicePackFile.ManifestName),
            VoicePackFile.Format(new VoicePack(
                name, "A test voice.", "none", new VoiceConsent("a sine", "made by a test"), speaker, Prompt: [new VoicePrompt("prompt.wav", "Hello.")], Tone: tone)));
    }
}
