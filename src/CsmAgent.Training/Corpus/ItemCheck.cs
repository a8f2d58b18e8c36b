namespace CsmAgent.Training.Corpus;

/// <summary>Decides whether an utterance is fit for training.</summary>
public static class ItemCheck
{
    private const double SilentRms = 0.002;
    private const double ClippedShare = 0.001;
    private const short FullScale = 32_700;

    // Half a second of silence at the end may be without labels.
    private const int LabelSlack = 25;
    private const double LeastPhonesPerSecond = 3;
    private const double MostPhonesPerSecond = 25;
    private const double MostLettersPerPhone = 2.5;

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

        return item.Phones.Length == 0 ? null : LabelFault(item, audio.Length);
    }

    private static string? LabelFault(SourceItem item, int samples)
    {
        int labels = 0, phones = 0;
        try
        {
            foreach (var (symbol, count) in PhoneRuns.Parse(item.Phones))
            {
                labels += count;
                phones += symbol == PhoneRuns.Silence ? 0 : 1;
            }
        }
        catch (FormatException fault)
        {
            return $"mislabelled: {fault.Message}";
        }

        var steps = samples / PhoneRuns.SamplesPerLabel;
        if (Math.Abs(labels - steps) > LabelSlack)
        {
            return $"mislabelled: {labels} phone labels for {steps} steps of 20 ms";
        }

        var rate = phones / ((double)samples / 24_000);
        var letters = item.Text.Count(char.IsLetter);
        return rate is < LeastPhonesPerSecond or > MostPhonesPerSecond || letters > MostLettersPerPhone * phones
            ? $"mislabelled: {phones} phones in {samples / 24_000.0:f1} s for {letters} letters"
            : null;
    }
}
