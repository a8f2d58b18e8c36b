using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Codec;
using CsmAgent.Engines.Inference;
using CsmAgent.Engines.Listening.PocketSphinx;
using CsmAgent.Engines.Speaking.Flite;
using CsmAgent.Engines.Voices;
using CsmAgent.TestSupport;
using Xunit.Abstractions;

namespace CsmAgent.Engines.Tests.Memory;

/// <summary>What the embedded engines took from the system for one turn they use again for the next. Counted at the native heap:
/// live tensors have tests of their own, and resident memory moves with the garbage collector.</summary>
[Trait("Category", "Native")]
[Trait("Category", "Slow")]
public sealed class NativeMemoryTests(ITestOutputHelper output) : IAsyncLifetime
{
    // A leak of a frame's samples (7 680 bytes) in every frame passes it, and so does one of a tenth of a megabyte in every turn.
    // The runtime's own use moves by 1 or 2 MB while it compiles what has become hot, which the warm-up does not quite end.
    private const long Most = 5_000_000;

    private readonly InferenceOwner _owner = new("test");
    private MimiSpeechCodec _codec = null!;

    public Task InitializeAsync()
    {
        _codec = new MimiSpeechCodec(Path.Combine(Fixtures.Repository, "voices", "desk", "mimi"), _owner);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _codec.DisposeAsync();
        await _owner.DisposeAsync();
    }

    [Fact]
    public async Task A_thousand_frames_through_the_codec_take_no_native_memory()
    {
        await using var encoder = await _codec.OpenEncoderAsync(CancellationToken.None);
        await using var decoder = await _codec.OpenDecoderAsync(CancellationToken.None);
        var samples = Speech.Read("goforward.wav").AsMemory(0, 1920);

        await HoldsAsync("frame", warm: 1_000, then: 1_000, async () =>
            await decoder.DecodeAsync(await encoder.EncodeAsync(samples, CancellationToken.None), CancellationToken.None));
    }

    [Fact]
    public async Task Fifty_turns_heard_encoded_and_answered_take_no_native_memory()
    {
        await using var ears = await new PocketSphinxRecognizer(PocketSphinxRecognizer.DebianModelFolder).OpenAsync(CancellationToken.None);
        await using var encoder = await _codec.OpenEncoderAsync(CancellationToken.None);
        await using var voice = await new FliteSynthesizer("slt", _codec, new VoiceLibrary(Path.Combine(Fixtures.Repository, "voices")))
            .OpenAsync(null, CancellationToken.None);
        var said = Speech.Read("goforward.wav")[12_000..(12_000 + (5 * 1920))];
        var turn = 0;

        await HoldsAsync("turn", warm: 5, then: 50, async () =>
        {
            var text = (await Speech.RecognizeAsync(ears, said)).Text;
            await encoder.ResetAsync(CancellationToken.None);
            List<CodeFrame> codes = [];
            for (var at = 0; at < said.Length; at += 1920)
            {
                codes.Add(await encoder.EncodeAsync(said.AsMemory(at, 1920), CancellationToken.None));
            }

            await voice.AppendAsync(new HeardSegment(1, text, codes), CancellationToken.None);
            await foreach (var frame in voice.SpeakAsync(new SpeechRequest(++turn, "Yes.", 0, 50), CancellationToken.None))
            {
                Assert.Equal(1920, frame.Samples.Length);
            }

            await voice.RollBackAsync(turn, 1, "Yes", CancellationToken.None);
        });
    }

    private async Task HoldsAsync(string what, int warm, int then, Func<Task> once)
    {
        for (var i = 0; i < warm; i++)
        {
            await once();
        }

        var before = InUse();
        for (var i = 0; i < then; i++)
        {
            await once();
        }

        var growth = InUse() - before;
        output.WriteLine($"{growth} bytes over {then} {what}s, {before >> 20} MiB before");
        Assert.True(growth < Most, $"The native heap grew by {growth} bytes over {then} {what}s.");
    }

    // Handles that wait for their finaliser are the collector's delay, not a leak.
    private static long InUse()
    {
        GC.GetTotalMemory(forceFullCollection: true);
        GC.WaitForPendingFinalizers();
        return NativeHeap.InUse;
    }
}
