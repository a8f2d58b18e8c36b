using CsmAgent.Audio.Files;
using CsmAgent.Audio.VoiceActivity;
using CsmAgent.TestSupport;

namespace CsmAgent.Audio.Tests.VoiceActivity;

public sealed class SileroModelTests
{
    // goforward.wav through ONNX Runtime 1.31.1 and silero_vad_v6.onnx of @ricky0123/vad-web 0.0.31, window by window.
    private static readonly float[] Golden =
    [
        0.0425052f, 0.0162526f, 0.0117996f, 0.00772977f, 0.00860801f, 0.00606066f, 0.00621465f, 0.0201252f,
        0.0135907f, 0.00622714f, 0.00407785f, 0.0036127f, 0.00283277f, 0.00347203f, 0.00309682f, 0.0213201f,
        0.901155f, 0.990695f, 0.995188f, 0.997065f, 0.999579f, 0.999684f, 0.999727f, 0.99955f,
        0.999948f, 0.999948f, 0.99934f, 0.99656f, 0.995074f, 0.99924f, 0.999446f, 0.999449f,
        0.999513f, 0.999227f, 0.99952f, 0.997503f, 0.995011f, 0.969917f, 0.874787f, 0.787247f,
        0.615374f, 0.807829f, 0.996332f, 0.999157f, 0.999648f, 0.999935f, 0.999894f, 0.999865f,
        0.999744f, 0.999877f, 0.999934f, 0.999944f, 0.999908f, 0.999951f, 0.999952f, 0.999707f,
        0.999524f, 0.997388f, 0.992621f, 0.997713f, 0.999771f, 0.999897f, 0.999901f, 0.999911f,
        0.999939f, 0.999941f, 0.999741f, 0.991671f, 0.962279f, 0.783663f, 0.400503f, 0.10905f,
        0.0340592f, 0.0140181f, 0.0117353f, 0.0126802f, 0.0120016f, 0.0114345f, 0.0104001f, 0.00927582f,
        0.00903025f, 0.00868338f, 0.00929624f, 0.00928643f, 0.0348163f, 0.0128186f, 0.0345964f,
    ];

    [Fact]
    public void Probabilities_match_the_published_model()
    {
        var audio = WavFile.Read(Fixtures.Path("speech", "goforward.wav"));
        Assert.Equal(16_000, audio.SampleRateHz);
        var model = new SileroModel();

        for (var i = 0; i < Golden.Length; i++)
        {
            var probability = model.Step(audio.Interleaved.AsSpan(i * SileroModel.WindowSamples, SileroModel.WindowSamples));
            Assert.InRange(probability - Golden[i], -1e-4f, 1e-4f);
        }
    }

    [Fact]
    public void A_step_allocates_nothing_and_reset_starts_afresh()
    {
        var model = new SileroModel();
        var window = TestSignals.Noise(SileroModel.WindowSamples, 1, 0.1);
        var first = model.Step(window);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++)
        {
            model.Step(window);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        model.Reset();
        Assert.Equal(first, model.Step(window));
    }
}
