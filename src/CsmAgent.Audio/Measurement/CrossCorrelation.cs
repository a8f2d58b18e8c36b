namespace CsmAgent.Audio.Measurement;

/// <summary>Finds a signal in a recording, from outside of everything that passed it on.</summary>
public static class CrossCorrelation
{
    /// <summary>Finds the delay at which the recording is most like the reference.</summary>
    /// <param name="reference">What was played; not silent.</param>
    /// <param name="observed">What was recorded, started at the same moment.</param>
    /// <param name="maxDelaySamples">The longest delay looked at; parts of the reference shifted past the recording's end are left out.</param>
    /// <param name="minDelaySamples">The shortest.</param>
    /// <exception cref="ArgumentException">Either signal is empty or the reference is silent.</exception>
    public static DelayEstimate FindDelay(
        ReadOnlySpan<float> reference, ReadOnlySpan<float> observed, int maxDelaySamples, int minDelaySamples = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(minDelaySamples);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDelaySamples, minDelaySamples);
        if (observed.Length <= minDelaySamples || SignalMath.Energy(reference) <= 0)
        {
            throw new ArgumentException($"There must be something to find and somewhere to look: the reference has {reference.Length} samples, the recording {observed.Length}.");
        }

        var products = Correlate(reference, observed);
        var (energyOfReference, energyOfObserved) = (RunningEnergy(reference), RunningEnergy(observed));
        var best = new DelayEstimate(minDelaySamples, -2, double.NegativeInfinity);
        for (var delay = minDelaySamples; delay <= Math.Min(maxDelaySamples, observed.Length - 1); delay++)
        {
            var overlap = Math.Min(reference.Length, observed.Length - delay);
            var played = energyOfReference[overlap];
            var recorded = energyOfObserved[delay + overlap] - energyOfObserved[delay];

            // Half of the reference at least must be there, or a few alike samples would win.
            if (played < 0.5 * energyOfReference[^1] || recorded <= 1e-12)
            {
                continue;
            }

            var likeness = products[delay] / Math.Sqrt(played * recorded);
            if (likeness > best.Correlation)
            {
                best = new DelayEstimate(delay, likeness, 20 * Math.Log10(Math.Max(1e-9, Math.Abs(products[delay]) / played)));
            }
        }

        return best.Correlation < -1 ? new DelayEstimate(minDelaySamples, 0, double.NegativeInfinity) : best;
    }

    /// <summary>sum of reference[i] * observed[i + delay], for every delay from 0.</summary>
    private static float[] Correlate(ReadOnlySpan<float> reference, ReadOnlySpan<float> observed)
    {
        var fft = new Fft((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, reference.Length + observed.Length)));
        var (a, b) = (new float[fft.Size], new float[fft.Size]);
        var (c, d) = (new float[fft.Size], new float[fft.Size]);
        reference.CopyTo(a);
        observed.CopyTo(c);
        fft.Forward(a, b);
        fft.Forward(c, d);
        for (var i = 0; i < fft.Size; i++)
        {
            (c[i], d[i]) = ((a[i] * c[i]) + (b[i] * d[i]), (a[i] * d[i]) - (b[i] * c[i]));
        }

        fft.Inverse(c, d);
        return c;
    }

    private static double[] RunningEnergy(ReadOnlySpan<float> samples)
    {
        var sums = new double[samples.Length + 1];
        for (var i = 0; i < samples.Length; i++)
        {
            sums[i + 1] = sums[i] + ((double)samples[i] * samples[i]);
        }

        return sums;
    }
}
