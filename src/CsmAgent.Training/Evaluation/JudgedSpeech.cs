namespace CsmAgent.Training.Evaluation;

/// <summary>One way of saying the sentences: the source, the codec's resynthesis, or the voice.</summary>
/// <param name="Name">Which.</param>
/// <param name="Recordings">Samples at 24 kHz, one per sentence.</param>
/// <param name="Open">Errors and what was heard under the general language model.</param>
/// <param name="Closed">The same under the sentences' own words.</param>
/// <param name="RightVoice">Share whose nearest voice print is the intended voice's, 0 to 1.</param>
/// <param name="Decibels">Mean loudness (RMS re full scale).</param>
/// <param name="RealTimeFactor">Time taken over time spoken; null for the source.</param>
public sealed record JudgedSpeech(
    string Name, IReadOnlyList<float[]> Recordings, IReadOnlyList<(WordErrors Errors, string Heard)> Open,
    IReadOnlyList<(WordErrors Errors, string Heard)> Closed, double RightVoice, double Decibels, double? RealTimeFactor)
{
    /// <summary>Word error rate under the general language model.</summary>
    public double OpenRate => WordErrors.Sum(Open.Select(one => one.Errors)).Rate;

    /// <summary>Word error rate under the sentences' own words.</summary>
    public double ClosedRate => WordErrors.Sum(Closed.Select(one => one.Errors)).Rate;
}
