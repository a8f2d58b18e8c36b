namespace CsmAgent.Audio.Measurement;

/// <summary>Measures answer times from outside: from a recording of both sides and the dry sound of what the user said.</summary>
public static class MouthToEar
{
    private const float AudibleDb = -50;
    private const double VoicedDb = -35;

    /// <summary>The last sample within 35 dB of a recording's loudest 10 ms: where a voice ends.</summary>
    /// <returns>-1 for silence.</returns>
    public static int LastVoicedSample(ReadOnlySpan<float> samples)
    {
        const int Window = AudioFormat.SampleRateHz / 100;
        var loudest = 0.0;
        for (var at = 0; at < samples.Length; at += Window)
        {
            var window = samples[at..Math.Min(samples.Length, at + Window)];
            loudest = Math.Max(loudest, SignalMath.Energy(window) / window.Length);
        }

        if (loudest <= 1e-10)
        {
            return -1;
        }

        var amplitude = LeastVoicedAmplitude(loudest);
        return samples.LastIndexOfAnyExceptInRange(-amplitude, amplitude);
    }

    /// <summary>The first 10 ms louder than -50 dBFS, at its first sample above that level.</summary>
    /// <param name="samples">24 kHz mono.</param>
    /// <param name="from">Where to begin looking.</param>
    /// <returns>-1 when nothing is audible.</returns>
    public static int FirstAudibleSample(ReadOnlySpan<float> samples, int from)
    {
        const int Window = AudioFormat.SampleRateHz / 100;
        var limit = Math.Pow(10, AudibleDb / 10.0);
        for (var at = Math.Max(0, from); at < samples.Length; at += Window)
        {
            var window = samples[at..Math.Min(samples.Length, at + Window)];
            if (SignalMath.Energy(window) / window.Length > limit)
            {
                var amplitude = (float)Math.Sqrt(limit);
                return at + Math.Max(0, window.IndexOfAnyExceptInRange(-amplitude, amplitude));
            }
        }

        return -1;
    }

    /// <summary>The amplitude above which a sample of a voice counts as voiced.</summary>
    /// <param name="loudest">Mean square of the voice's loudest 10 ms.</param>
    internal static float LeastVoicedAmplitude(double loudest) => (float)Math.Sqrt(loudest * Math.Pow(10, VoicedDb / 10));

    /// <summary>Measures one exchange.</summary>
    /// <param name="userSide">What the microphone recorded.</param>
    /// <param name="agentSide">What the loudspeaker played, from the same moment.</param>
    /// <param name="turn">The dry sound of the user's turn, found in <paramref name="userSide"/> by correlation.</param>
    /// <param name="searchFrom">The turn begins at this sample at the earliest.</param>
    /// <param name="searchSamples">How far after that it is looked for.</param>
    /// <returns>Null when the turn is not found (likeness below 0.5) or nothing audible follows it.</returns>
    public static TimeSpan? Measure(
        ReadOnlySpan<float> userSide, ReadOnlySpan<float> agentSide, ReadOnlySpan<float> turn, int searchFrom, int searchSamples)
    {
        var end = LastVoicedSample(turn);
        if (end < 0 || searchFrom >= userSide.Length)
        {
            return null;
        }

        var region = userSide[searchFrom..Math.Min(userSide.Length, searchFrom + searchSamples + turn.Length)];
        var found = CrossCorrelation.FindDelay(turn, region, searchSamples);
        if (found.Correlation < 0.5)
        {
            return null;
        }

        var mouth = searchFrom + found.DelaySamples + end;
        var ear = FirstAudibleSample(agentSide, mouth);
        return ear < 0 ? null : TimeSpan.FromSeconds((ear - mouth) / (double)AudioFormat.SampleRateHz);
    }
}
