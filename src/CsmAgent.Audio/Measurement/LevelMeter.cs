namespace CsmAgent.Audio.Measurement;

/// <summary>A level meter as on a desk: RMS over 300 ms, and a peak that falls back slowly. Nothing is allocated; one writer, any reader.</summary>
public sealed class LevelMeter
{
    /// <summary>What silence shows.</summary>
    public const float FloorDb = -100;

    private const double IntegrationSamples = 0.3 * AudioFormat.SampleRateHz;
    private const double PeakFallDbPerSample = 20.0 / AudioFormat.SampleRateHz;

    private double _meanSquare;
    private double _peakDb = FloorDb;
    private float _shownRms = FloorDb;
    private float _shownPeak = FloorDb;
    private long _clipped;

    /// <summary>RMS in dBFS; a full-scale sine shows -3.</summary>
    public float RmsDb => Volatile.Read(ref _shownRms);

    /// <summary>Peak in dBFS, falling 20 dB a second.</summary>
    public float PeakDb => Volatile.Read(ref _shownPeak);

    /// <summary>Samples at or above full scale: the microphone is too loud.</summary>
    public long ClippedSamples => Volatile.Read(ref _clipped);

    /// <summary>Takes the next samples.</summary>
    /// <param name="samples">24 kHz mono, finite.</param>
    public void Add(ReadOnlySpan<float> samples)
    {
        if (samples.IsEmpty)
        {
            return;
        }

        var (peak, clipped) = (0f, 0);
        foreach (var sample in samples)
        {
            peak = Math.Max(peak, Math.Abs(sample));
            clipped += Math.Abs(sample) >= 32_767 / 32_768f ? 1 : 0;
        }

        var keep = Math.Exp(-samples.Length / IntegrationSamples);
        _meanSquare = (keep * _meanSquare) + ((1 - keep) * SignalMath.Energy(samples) / samples.Length);
        _peakDb = Math.Max(_peakDb - (PeakFallDbPerSample * samples.Length), Math.Max(FloorDb, 20 * Math.Log10(peak + 1e-10)));
        Volatile.Write(ref _clipped, _clipped + clipped);
        Volatile.Write(ref _shownRms, (float)Math.Max(FloorDb, 10 * Math.Log10(_meanSquare + 1e-20)));
        Volatile.Write(ref _shownPeak, (float)_peakDb);
    }
}
