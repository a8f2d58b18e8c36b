namespace CsmAgent.Cli.Generate;

/// <summary>What a run of speech took.</summary>
/// <param name="Audio">Length of the speech.</param>
/// <param name="Computing">Time spent generating it, waiting for the loudspeaker left out.</param>
/// <param name="FirstFrame">From the start to its first frame.</param>
internal sealed record SpeechSummary(TimeSpan Audio, TimeSpan Computing, TimeSpan FirstFrame)
{
    /// <summary>Computing time over speech time: below 1 is faster than real time.</summary>
    public double RealTimeFactor => Audio > TimeSpan.Zero ? Computing / Audio : double.NaN;
}
