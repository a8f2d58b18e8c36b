namespace CsmAgent.Training.Evaluation;

/// <summary>What an evaluation found.</summary>
/// <param name="Texts">The sentences.</param>
/// <param name="Voices">Who should speak each.</param>
/// <param name="Speech">Source, codec and, if there is one, voice.</param>
/// <param name="EndsByItself">Share of the voice's sentences that ended before the limit; null without a voice.</param>
/// <param name="WordEnds">Milliseconds by which the alignment head finds the ends of words in the recordings too late; empty without such a head.</param>
public sealed record Evaluation(
    IReadOnlyList<string> Texts, IReadOnlyList<string> Voices, IReadOnlyList<JudgedSpeech> Speech, double? EndsByItself, IReadOnlyList<double> WordEnds)
{
    /// <summary>A quantile of how far the alignment head is off, milliseconds.</summary>
    /// <param name="share">0 to 1.</param>
    public double WordEndsOff(double share)
    {
        var sorted = WordEnds.Select(Math.Abs).Order().ToArray();
        return sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
    }

    /// <summary>The figures as one line per way of speaking.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var speech in Speech)
        {
            var speed = speech.RealTimeFactor is { } factor ? $"  RTF {factor:f3}" : string.Empty;
            yield return $"{speech.Name,-8} WER open {speech.OpenRate:p1}  closed {speech.ClosedRate:p1}  right voice {speech.RightVoice:p0}  {speech.Decibels:f1} dB{speed}";
        }

        if (EndsByItself is { } ends)
        {
            yield return $"ends by itself {ends:p1} of {Texts.Count}";
        }

        if (WordEnds.Count > 0)
        {
            yield return $"ends of words, as the alignment head reads: off by {WordEndsOff(0.5):f0} ms, 95 of 100 within {WordEndsOff(0.95):f0} ms ({WordEnds.Count} words)";
        }
    }
}
