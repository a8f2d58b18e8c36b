namespace CsmAgent.Training.Corpus;

/// <summary>Decides whether an utterance is fit for training.</summary>
public static class ItemCheck
{
    private const double SilentRms = 0.002;
    private const double ClippedShare = 0.001;
    private const short FullScale = 32_700;

    // Speech under its own labels is far louder than the silence between; labels of another utterance are not.
    private const double LeastContrastDecibels = 6;

    /// <summary>The reason to leave an item out, or null.</summary>
    /// <param name="item">The item.</param>
    /// <param name="audio">Its samples, 16 bit.</param>
    public static string? Fault(SourceItem item, ReadOnlySpan<short> audio)
    {
        if (item.Text.Length == 0)
        {
            return "mislabelled: no text";
        }

        if (item.Samples == 0 || item.Samples % 1_920 != 0)
        {
            return $"mislabelled: {item.Samples} samples are no whole number of frames of 1920";
        }

        double energy = 0;
        var full = 0;
        foreach (var sample in audio)
        {
            energy += (double)sample * sample;
            full += Math.Abs((int)sample) >= FullScale ? 1 : 0;
        }

        var rms = Math.Sqrt(energy / audio.Length) / short.MaxValue;
        if (rms < SilentRms)
        {
            return $"silent: RMS {rms:g2} is below {SilentRms}";
        }

        if (full > ClippedShare * audio.Length)
        {
            return $"clipped: {full} of {audio.Length} samples at full scale";
        }

        return item.Phones.Length == 0 ? null : LabelFault(item, audio);
    }

    private static string? LabelFault(SourceItem item, ReadOnlySpan<short> audio)
    {
        double speech = 0, silence = 0;
        int speechLabels = 0, silentLabels = 0, label = 0;
        try
        {
            foreach (var (symbol, count) in PhoneRuns.Parse(item.Phones))
            {
                for (var i = 0; i < count && (label + 1) * PhoneRuns.SamplesPerLabel <= audio.Length; i++, label++)
                {
                    var energy = Energy(audio.Slice(label * PhoneRuns.SamplesPerLabel, PhoneRuns.SamplesPerLabel));
                    if (symbol == PhoneRuns.Silence)
                    {
                        silence += energy;
                        silentLabels++;
                    }
                    else
                    {
                        speech += energy;
                        speechLabels++;
                    }
                }
            }
        }
        catch (FormatException fault)
        {
            return $"mislabelled: {fault.Message}";
        }

        // The labels end with the speech; what follows is silence.
        var total = item.Samples / PhoneRuns.SamplesPerLabel;
        if (speechLabels == 0 || label < total / 2)
        {
            return $"mislabelled: {label} phone labels for {total} steps of 20 ms";
        }

        if (silentLabels < 3)
        {
            return null;
        }

        var contrast = 10 * Math.Log10((speech / speechLabels + 1) / (silence / silentLabels + 1));
        return contrast < LeastContrastDecibels
            ? $"mislabelled: speech labels are only {contrast:f1} dB louder than silence labels"
            : null;
    }

    private static double Energy(ReadOnlySpan<short> audio)
    {
        double sum = 0;
        foreach (var sample in audio)
        {
            sum += (double)sample * sample;
        }

        return sum / audio.Length;
    }
}
