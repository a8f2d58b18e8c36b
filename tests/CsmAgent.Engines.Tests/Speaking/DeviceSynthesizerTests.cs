using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Configuration;
using CsmAgent.Engines.Inference;
using CsmAgent.Engines.Speaking.Csm;
using CsmAgent.Engines.Voices;
using CsmAgent.TestSupport;
using TorchSharp;

namespace CsmAgent.Engines.Tests.Speaking;

/// <summary>All of it once more with what a GPU runs, on the processor.</summary>
[Trait("Category", "Native")]
public sealed class DeviceSynthesizerTests : CsmSynthesizerTests
{
    protected override ComputeDevice Device { get; } = ComputeDevice.Find("torch-cpu");

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        // OpenMP's threads wait for each other by spinning, and a test machine's cores are busy.
        await Owner.RunAsync(() => torch.set_num_threads(1), TimeSpan.FromSeconds(1), CancellationToken.None);
    }

    [Fact]
    public async Task A_conversation_with_cuts_forks_and_a_full_context_says_what_the_processors_kernels_say()
    {
        MakeVoice("ada", seconds: 0.8);
        await using var ours = new CsmSynthesizer(
            new SynthesizerOptions { Precision = "float32", Threads = 1, PositionLimit = 160 }, Fixtures.Path("csm-tiny"), Codec, new VoiceLibrary(Voices.FullName), Owner);
        await using var theirs = Synthesizer(positions: 160);
        await using var expected = await ours.OpenAsync("ada", CancellationToken.None);
        await using var found = await theirs.OpenAsync("ada", CancellationToken.None);

        for (var turn = 1; turn <= 8; turn++)
        {
            var heard = new HeardSegment(1, $"Question {turn}?", [.. Enumerable.Repeat(new CodeFrame(new[] { turn, 2, 3, 4, 5, 6 }), 8)]);
            List<SpeechFrame>[] said = new List<SpeechFrame>[2];
            foreach (var (session, i) in new[] { (expected, 0), (found, 1) })
            {
                await session.AppendAsync(heard, CancellationToken.None);
                await ((CsmSpeechSession)session).Tidied;
                await using (var fork = await session.ForkAsync(CancellationToken.None))
                {
                    await SpeakAsync(fork, new SpeechRequest(100 + turn, "Too early.", 0, 4));
                }

                said[i] = await SpeakAsync(session, new SpeechRequest(turn, "Answer, as it is.", 0, 10, new SpeechSampling(0.9f, 50, (ulong)turn)));
                await ((CsmSpeechSession)session).Tidied;
                await session.RollBackAsync(turn, 4, "Answer,", CancellationToken.None);
            }

            Assert.Equal(Codes(said[0]), Codes(said[1]));
            foreach (var (one, other) in said[0].Zip(said[1]))
            {
                Assert.All(one.Samples.ToArray().Zip(other.Samples.ToArray()), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-4));
            }
        }
    }

    [Theory]
    [InlineData("int8")]
    [InlineData("int4")]
    public void A_precision_the_device_has_not_is_refused_with_those_it_has(string precision)
    {
        var fault = Assert.Throws<EngineException>(() => new CsmSynthesizer(
            new SynthesizerOptions { Precision = precision }, Fixtures.Path("csm-tiny"), Codec, new VoiceLibrary(Voices.FullName), Owner, device: Device));

        Assert.Contains($"'torch-cpu' does not compute in '{precision}'; expected float32, float16 or bfloat16", fault.Message, StringComparison.Ordinal);
        Assert.Equal("float32", Device.PrecisionFor("auto"));
        Assert.Equal("int8", ComputeDevice.Processor.PrecisionFor("auto"));
        Assert.Throws<EngineException>(() => ComputeDevice.Processor.PrecisionFor("float16"));
    }
}
