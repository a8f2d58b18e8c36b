using CsmAgent.Audio;
using CsmAgent.Audio.Devices;

namespace CsmAgent.Cli.Measuring.Soak;

/// <summary>A user who talks for hours: asks, says "mhm", interrupts.</summary>
internal static class SoakScript
{
    // No turn with its answer is shorter.
    private const double ShortestTurnSeconds = 2;

    /// <summary>Recorded turns said again and again, more than fit.</summary>
    public static IReadOnlyList<RecordedTurn> Repeat(IReadOnlyList<RecordedTurn> turns, double minutes) =>
        [.. Enumerable.Range(0, Count(minutes)).Select(i => turns[i % turns.Count])];

    /// <summary>Tones: a request, every fifth time a backchannel, every seventh an interruption.</summary>
    public static IReadOnlyList<RecordedTurn> Tones(double minutes)
    {
        var (request, mhm) = (Tone(1.4), Tone(0.4));
        return
        [
            .. Enumerable.Range(0, Count(minutes)).Select(i => (i % 7, i % 5) switch
            {
                (3, _) => new RecordedTurn("interruption", request, TurnStart.AgentSpeaking, TimeSpan.FromSeconds(0.6)),
                (_, 2) => new RecordedTurn("mhm", mhm, TurnStart.AgentSpeaking, TimeSpan.FromSeconds(0.4)),
                _ => new RecordedTurn("request", request, TurnStart.AgentSilent, TimeSpan.FromSeconds(0.5)),
            }),
        ];
    }

    private static int Count(double minutes) => (int)Math.Ceiling(minutes * 60 / ShortestTurnSeconds) + 2;

    private static float[] Tone(double seconds) =>
        [.. Enumerable.Range(0, (int)(seconds * AudioFormat.SampleRateHz)).Select(i => (0.3f * MathF.Sin(i * 0.07f)) + (i % 2 == 0 ? 0.06f : -0.06f))];
}
