namespace CsmAgent.Audio.Tests;

/// <summary>Signals made for tests.</summary>
internal static class TestSignals
{
    public static float[] Sine(double hz, int rate, int count, double amplitude = 0.5)
    {
        var samples = new float[count];
        for (var i = 0; i < count; i++)
        {
            samples[i] = (float)(amplitude * Math.Sin(2 * Math.PI * hz * i / rate));
        }

        return samples;
    }

    public static float[] Noise(int count, int seed, double amplitude = 0.5)
    {
        var random = new Random(seed);
        var samples = new float[count];
        for (var i = 0; i < count; i++)
        {
            samples[i] = (float)(amplitude * ((2 * random.NextDouble()) - 1));
        }

        return samples;
    }

    public static double Db(ReadOnlySpan<float> samples)
    {
        var sum = 1e-20;
        foreach (var sample in samples)
        {
            sum += (double)sample * sample;
        }

        return 10 * Math.Log10(sum / Math.Max(1, samples.Length));
    }
}
