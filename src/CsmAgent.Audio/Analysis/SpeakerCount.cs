namespace CsmAgent.Audio.Analysis;

/// <summary>Tells whether a short recording holds two people whose voices lie clearly apart in pitch.</summary>
/// <remarks>Two voices of like pitch pass unnoticed: this protects from the common mistake, a recording of a conversation.</remarks>
public static class SpeakerCount
{
    private const int PhraseGap = 20;
    private const int ShortestPhrase = 15;
    private const double ApartSemitones = 5;
    private const double LeastShare = 0.2;

    /// <summary>Looks for two groups of phrases.</summary>
    /// <param name="track">The recording's pitch.</param>
    /// <returns>The median pitch of each group, lower first; null when it sounds like one person.</returns>
    public static (double LowerHz, double HigherHz)? FindTwo(PitchTrack track)
    {
        ArgumentNullException.ThrowIfNull(track);
        var phrases = Phrases(track.Hertz);
        if (phrases.Count < 2)
        {
            return null;
        }

        // One dimension: the best of all cuts of the sorted phrases, by variance left over.
        phrases.Sort((a, b) => a.Semitones.CompareTo(b.Semitones));
        var cut = Enumerable.Range(1, phrases.Count - 1)
            .MinBy(at => Spread(phrases.Take(at)) + Spread(phrases.Skip(at)));
        var (low, high) = (phrases.Take(cut).ToList(), phrases.Skip(cut).ToList());
        var (lower, higher) = (Mean(low), Mean(high));
        double total = phrases.Sum(phrase => phrase.Length);
        var within = Math.Sqrt((Spread(low) + Spread(high)) / total);
        var isTwo = higher - lower > Math.Max(ApartSemitones, 3 * within)
            && low.Sum(phrase => phrase.Length) > LeastShare * total
            && high.Sum(phrase => phrase.Length) > LeastShare * total;
        return isTwo ? (Hertz(lower), Hertz(higher)) : null;
    }

    private static List<(double Semitones, int Length)> Phrases(IReadOnlyList<float> hertz)
    {
        var phrases = new List<(double, int)>();
        var voiced = new List<float>();
        var gap = 0;
        foreach (var value in hertz.Append(0).Concat(Enumerable.Repeat(0f, PhraseGap)))
        {
            gap = value > 0 ? 0 : gap + 1;
            if (value > 0)
            {
                voiced.Add(value);
            }
            else if (gap == PhraseGap && voiced.Count > 0)
            {
                if (voiced.Count >= ShortestPhrase)
                {
                    voiced.Sort();
                    phrases.Add((12 * Math.Log2(voiced[voiced.Count / 2]), voiced.Count));
                }

                voiced.Clear();
            }
        }

        return phrases;
    }

    private static double Mean(IEnumerable<(double Semitones, int Length)> phrases) =>
        phrases.Sum(phrase => phrase.Semitones * phrase.Length) / phrases.Sum(phrase => phrase.Length);

    private static double Spread(IEnumerable<(double Semitones, int Length)> phrases)
    {
        var list = phrases.ToList();
        var mean = Mean(list);
        return list.Sum(phrase => phrase.Length * (phrase.Semitones - mean) * (phrase.Semitones - mean));
    }

    private static double Hertz(double semitones) => Math.Pow(2, semitones / 12);
}
