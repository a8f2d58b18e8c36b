using CsmAgent.Audio.Resampling;
using FsCheck.Xunit;

namespace CsmAgent.Audio.Tests.Resampling;

public sealed class ResamplerTests
{
    private static readonly int[] Rates = [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 47_999, 48_000, 96_000];

    [Property(MaxTest = 60)]
    public void Chunking_does_not_change_a_sample_and_length_is_exact(int seed)
    {
        var random = new Random(seed);
        var (from, to) = (Rates[random.Next(Rates.Length)], Rates[random.Next(Rates.Length)]);
        var input = TestSignals.Noise(random.Next(0, 4_000), seed);
        var (whole, chunked) = (new Resampler(from, to), new Resampler(from, to));
        var expected = new float[whole.OutputCount(input.Length)];
        Assert.Equal(expected.Length, whole.Process(input, expected));

        var actual = new List<float>();
        for (var at = 0; at < input.Length;)
        {
            var chunk = input.AsSpan(at, Math.Min(random.Next(0, 900), input.Length - at));
            var output = new float[chunked.OutputCount(chunk.Length)];
            Assert.Equal(output.Length, chunked.Process(chunk, output));
            actual.AddRange(output);
            at += chunk.Length;
        }

        Assert.Equal(((long)input.Length * to + from - 1) / from, expected.Length);
        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData(24_000, 48_000)]
    [InlineData(48_000, 24_000)]
    [InlineData(44_100, 24_000)]
    [InlineData(24_000, 44_100)]
    [InlineData(16_000, 24_000)]
    [InlineData(8_000, 24_000)]
    [InlineData(96_000, 24_000)]
    [InlineData(47_999, 24_000)]
    public void The_pass_band_is_flat_within_a_tenth_of_a_decibel_and_in_place(int from, int to)
    {
        var edge = 0.44 * Math.Min(from, to);
        foreach (var hz in new[] { 50, edge / 4, edge / 2, edge })
        {
            var output = Resampler.Resample(TestSignals.Sine(hz, from, from / 2), from, to);
            var expected = TestSignals.Sine(hz, to, output.Length);
            var margin = to / 50;
            var error = new float[output.Length - (2 * margin)];
            for (var i = 0; i < error.Length; i++)
            {
                error[i] = output[i + margin] - expected[i + margin];
            }

            // 0.1 dB of gain error alone would leave -38.8 dB; phase errors count as well.
            Assert.True(TestSignals.Db(error) - TestSignals.Db(expected) < -38.8, $"{hz:0} Hz: error {TestSignals.Db(error) - TestSignals.Db(expected):0.0} dB");
        }
    }

    [Theory]
    [InlineData(48_000, 24_000)]
    [InlineData(44_100, 24_000)]
    [InlineData(96_000, 24_000)]
    [InlineData(47_999, 24_000)]
    public void What_would_alias_is_seventy_five_decibels_down(int from, int to)
    {
        foreach (var hz in new[] { 0.505 * to, 0.6 * to, 0.8 * to })
        {
            var output = Resampler.Resample(TestSignals.Sine(hz, from, from / 2), from, to);
            var middle = output.AsSpan(to / 20, output.Length - (to / 10));
            Assert.True(TestSignals.Db(middle) + 9.03 < -75, $"{hz:0} Hz: {TestSignals.Db(middle) + 9.03:0.0} dB");
        }
    }

    [Theory]
    [InlineData(8_000, 24_000)]
    [InlineData(24_000, 44_100)]
    public void Images_above_the_input_band_are_seventy_five_decibels_down(int from, int to)
    {
        // A tone near the band's edge has its first image just above it.
        var hz = 0.44 * from;
        var output = Resampler.Resample(TestSignals.Sine(hz, from, from), from, to);
        var margin = to / 20;
        var (real, imaginary) = (0.0, 0.0);
        var image = from - hz;
        for (var i = margin; i < output.Length - margin; i++)
        {
            var window = 0.5 - (0.5 * Math.Cos(2 * Math.PI * (i - margin) / (output.Length - (2 * margin))));
            real += window * output[i] * Math.Cos(2 * Math.PI * image * i / to);
            imaginary += window * output[i] * Math.Sin(2 * Math.PI * image * i / to);
        }

        var amplitude = 4 * Math.Sqrt((real * real) + (imaginary * imaginary)) / (output.Length - (2 * margin));
        Assert.True(20 * Math.Log10(amplitude / 0.5) < -75, $"image {20 * Math.Log10(amplitude / 0.5):0.0} dB");
    }

    [Theory]
    [InlineData(24_000, 24_000, 200)]
    [InlineData(48_000, 24_000, -300)]
    [InlineData(44_100, 24_000, 50)]
    public void An_adjusted_ratio_is_exact_and_clean(int from, int to, int ppm)
    {
        var resampler = new Resampler(from, to, adjustable: true);
        var input = TestSignals.Sine(1_000 / (1 + (ppm * 1e-6)), from, 4 * from);
        resampler.Adjust(0);
        resampler.Adjust(ppm);
        var output = new float[resampler.OutputCount(input.Length)];
        Assert.Equal(output.Length, resampler.Process(input, output));

        // A tone of the faster clock is 1 kHz of the slower one: no phase may be left to run.
        Assert.InRange(output.Length - (4 * to / (1 + (ppm * 1e-6))), -1, 1);
        var (early, late) = (Phase(output, to / 2), Phase(output, 7 * to / 2));
        Assert.InRange(Math.IEEERemainder(late - early, 2 * Math.PI), -0.01, 0.01);
        Assert.Throws<InvalidOperationException>(() => new Resampler(from, to).Adjust(1));

        double Phase(float[] samples, int at)
        {
            var (real, imaginary) = (0.0, 0.0);
            for (var i = 0; i < to / 100; i++)
            {
                real += samples[at + i] * Math.Cos(2 * Math.PI * 1_000 * (at + i) / to);
                imaginary -= samples[at + i] * Math.Sin(2 * Math.PI * 1_000 * (at + i) / to);
            }

            return Math.Atan2(imaginary, real);
        }
    }

    [Fact]
    public void Equal_rates_pass_samples_unchanged()
    {
        var input = TestSignals.Noise(1_000, 3);
        var output = new float[1_000];

        Assert.Equal(1_000, new Resampler(24_000, 24_000).Process(input, output));
        Assert.Equal(input, output);
    }

    [Fact]
    public void Reset_forgets_the_stream()
    {
        var resampler = new Resampler(44_100, 24_000);
        var (first, second) = (new float[600], new float[600]);
        var count = resampler.Process(TestSignals.Noise(1_000, 5), first);
        resampler.Reset();

        Assert.Equal(count, resampler.Process(TestSignals.Noise(1_000, 5), second));
        Assert.Equal(first, second);
    }

    [Fact]
    public void An_output_that_is_too_short_is_refused() =>
        Assert.Throws<ArgumentException>(() => new Resampler(24_000, 48_000).Process(new float[10], new float[19]));

    [Fact]
    public void Resampling_allocates_nothing()
    {
        var resampler = new Resampler(24_000, 44_100);
        var (input, output) = (new float[480], new float[900]);
        resampler.Process(input, output);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 200; i++)
        {
            resampler.Process(input, output);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
