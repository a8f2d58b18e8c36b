using CsmAgent.Models.Mimi;
using CsmAgent.Models.Mimi.Packed;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Tensors.Packing;
using CsmAgent.TestSupport;

namespace CsmAgent.Models.Tests.Mimi.Packed;

/// <summary>The packed codec against the goldens of mimi-tiny.</summary>
[Trait("Category", "Native")]
public sealed class PackedMimiTests
{
    private const int Frame = MimiConfig.FrameSamples;

    [Fact]
    public void Streaming_codes_and_latents_equal_the_offline_goldens()
    {
        using var golden = SafetensorsFile.Open(Fixtures.Path("mimi-tiny", "golden.safetensors"));
        using var encoder = new PackedMimiEncoder(Weights());
        var input = golden.Span<float>("input");
        var expected = golden.Span<int>("codes");
        var latent = golden.Span<float>("latent");
        var codes = new int[6];

        for (var frame = 0; frame < 70; frame++)
        {
            encoder.Encode(input.Slice(frame * Frame, Frame), codes);
            for (var codebook = 0; codebook < 6; codebook++)
            {
                Assert.Equal(expected[(codebook * 70) + frame], codes[codebook]);
            }

            for (var channel = 0; channel < 32; channel++)
            {
                Assert.InRange(Math.Abs(latent[(channel * 70) + frame] - encoder.Latent[channel]), 0, 1e-4);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Streaming_audio_equals_the_offline_golden(int framesAtOnce)
    {
        using var golden = SafetensorsFile.Open(Fixtures.Path("mimi-tiny", "golden.safetensors"));
        using var decoder = new PackedMimiDecoder(Weights());
        var expected = golden.Span<float>("audio");
        var codes = Columns(golden.Span<int>("codes"), 6, 70);
        var samples = new float[framesAtOnce * Frame];

        for (var frame = 0; frame < 70; frame += framesAtOnce)
        {
            decoder.Decode(codes.AsSpan(frame * 6, framesAtOnce * 6), samples);
            Near(expected.Slice(frame * Frame, samples.Length), samples, 1e-5);
        }
    }

    [Fact]
    public void A_codec_that_fits_the_caches_is_packed_exactly_and_the_released_one_compactly()
    {
        Assert.Equal(MimiPacking.Exact, MimiPacking.For(MimiConfig.Load(Fixtures.Path("mimi-tiny"))));
        Assert.Equal(MimiPacking.Compact, MimiPacking.For(MimiConfig.Released));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Fewer_codebooks_give_the_goldens_of_fewer(int codebooks)
    {
        using var golden = SafetensorsFile.Open(Fixtures.Path("mimi-tiny", "golden.safetensors"));
        var weights = Weights();
        using var decoder = new PackedMimiDecoder(weights, codebooks);
        using var encoder = new PackedMimiEncoder(weights, codebooks);
        var all = golden.Span<int>("codes");
        var codes = new int[codebooks];
        var samples = new float[Frame];

        for (var frame = 0; frame < 15; frame++)
        {
            encoder.Encode(golden.Span<float>("input").Slice(frame * Frame, Frame), codes);
            for (var codebook = 0; codebook < codebooks; codebook++)
            {
                Assert.Equal(all[(codebook * 70) + frame], codes[codebook]);
            }

            decoder.Decode(codes, samples);
            Near(golden.Span<float>($"audio_first{codebooks}").Slice(frame * Frame, Frame), samples, 1e-5);
        }
    }

    [Fact]
    public void The_real_window_slides_over_its_border_without_a_difference()
    {
        using var golden = SafetensorsFile.Open(Fixtures.Path("mimi-tiny", "golden.w250.safetensors"));
        using var plain = SafetensorsFile.Open(Fixtures.Path("mimi-tiny", "golden.safetensors"));
        var weights = Weights("config.w250.json");
        using var encoder = new PackedMimiEncoder(weights);
        using var decoder = new PackedMimiDecoder(weights);
        var expected = golden.Span<int>("codes");
        var codes = new int[6];
        var samples = new float[Frame];

        for (var frame = 0; frame < 140; frame++)
        {
            encoder.Encode(plain.Span<float>("input").Slice(frame % 70 * Frame, Frame), codes);
            for (var codebook = 0; codebook < 6; codebook++)
            {
                Assert.Equal(expected[(codebook * 140) + frame], codes[codebook]);
            }

            decoder.Decode(codes, samples);
            if (frame >= 120)
            {
                Near(golden.Span<float>("audio_from_frame_120").Slice((frame - 120) * Frame, Frame), samples, 1e-5);
            }
        }
    }

    [Fact]
    public void A_reset_in_mid_stream_equals_a_fresh_start()
    {
        using var golden = SafetensorsFile.Open(Fixtures.Path("mimi-tiny", "golden.safetensors"));
        var weights = Weights();
        using var encoder = new PackedMimiEncoder(weights);
        using var decoder = new PackedMimiDecoder(weights);
        var (first, second) = (new int[6 * 12], new int[6 * 12]);
        var (sound, again) = (new float[12 * Frame], new float[12 * Frame]);
        encoder.Encode(golden.Span<float>("input")[..(12 * Frame)], first);
        decoder.Decode(first, sound);
        encoder.Encode(golden.Span<float>("input").Slice(20 * Frame, 20 * Frame), new int[6 * 20]);

        encoder.Reset();
        decoder.Reset();
        encoder.Encode(golden.Span<float>("input")[..(12 * Frame)], second);
        decoder.Decode(second, again);

        Assert.Equal(first, second);
        Assert.Equal(sound, again);
    }

    [Theory]
    [InlineData(WeightFormat.BFloat16, 0.95, 0.03)]
    [InlineData(WeightFormat.Int8, 0.85, 0.08)]
    public void Smaller_formats_keep_most_codes_and_the_sound(WeightFormat format, double leastEqual, double mostError)
    {
        using var golden = SafetensorsFile.Open(Fixtures.Path("mimi-tiny", "golden.safetensors"));
        var weights = Weights(packing: new MimiPacking(format, format, 16));
        using var encoder = new PackedMimiEncoder(weights);
        using var decoder = new PackedMimiDecoder(weights);
        var expected = Columns(golden.Span<int>("codes"), 6, 70);
        var codes = new int[expected.Length];
        var sound = new float[70 * Frame];

        encoder.Encode(golden.Span<float>("input"), codes);
        decoder.Decode(expected, sound);

        var equal = expected.Zip(codes, (a, b) => a == b ? 1.0 : 0).Average();
        double error = 0, power = 0;
        var reference = golden.Span<float>("audio");
        for (var i = 0; i < sound.Length; i++)
        {
            error += Math.Pow(sound[i] - reference[i], 2);
            power += Math.Pow(reference[i], 2);
        }

        Assert.True(equal >= leastEqual && Math.Sqrt(error / power) <= mostError, $"{format}: {equal:P1} of codes equal, relative error {Math.Sqrt(error / power):G3}");
    }

    [Fact]
    public void A_frame_allocates_nothing()
    {
        var weights = Weights();
        using var encoder = new PackedMimiEncoder(weights);
        using var decoder = new PackedMimiDecoder(weights);
        var (sound, codes) = (new float[Frame], new int[6]);
        for (var i = 0; i < 40; i++)
        {
            encoder.Encode(sound, codes);
            decoder.Decode(codes, sound);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 40; i++)
        {
            encoder.Encode(sound, codes);
            decoder.Decode(codes, sound);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Wrong_lengths_codes_and_samples_are_refused()
    {
        var weights = Weights();
        using var encoder = new PackedMimiEncoder(weights);
        using var decoder = new PackedMimiDecoder(weights);

        Assert.Throws<ArgumentException>(() => encoder.Encode(new float[960], new int[6]));
        Assert.Throws<ArgumentException>(() => encoder.Encode([.. Enumerable.Repeat(float.NaN, Frame)], new int[6]));
        Assert.ThrowsAny<ArgumentException>(() => decoder.Decode([1, 2, 3, 4, 5, 64], new float[Frame]));
        Assert.Throws<ArgumentException>(() => decoder.Decode([1, 2, 3, 4, 5], new float[Frame]));
    }

    private static PackedMimiWeights Weights(string config = "config.json", MimiPacking? packing = null)
    {
        using var checkpoint = Checkpoint.Open(Fixtures.Path("mimi-tiny", "model.safetensors"));
        using var weights = MimiCheckpoint.Load(checkpoint, MimiConfig.Load(Fixtures.Path("mimi-tiny", config)));
        return PackedMimiWeights.Pack(weights, packing);
    }

    private static int[] Columns(ReadOnlySpan<int> rows, int codebooks, int frames)
    {
        var columns = new int[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            columns[(i % frames * codebooks) + (i / frames)] = rows[i];
        }

        return columns;
    }

    private static void Near(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, tolerance);
        }
    }
}
