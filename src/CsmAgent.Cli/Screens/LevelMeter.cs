namespace CsmAgent.Cli.Screens;

/// <summary>A loudness meter made of characters: −60 to 0 dB of full scale.</summary>
internal static class LevelMeter
{
    private const double FloorDecibels = -60;
    private const string Eighths = " ▏▎▍▌▋▊▉█";

    /// <summary>The meter's bar.</summary>
    /// <param name="peak">0 to 1; anything else, NaN included, counts as the nearest of the two.</param>
    /// <param name="cells">Its width in characters.</param>
    public static string Bar(float peak, int cells)
    {
        var decibels = peak > 0 ? 20 * Math.Log10(Math.Min(peak, 1f)) : FloorDecibels;
        var eighths = (int)Math.Round(Math.Clamp(1 - (decibels / FloorDecibels), 0, 1) * cells * 8);
        var full = eighths / 8;
        var rest = eighths % 8;
        return (new string('█', full) + (rest > 0 ? Eighths[rest] : string.Empty)).PadRight(cells);
    }

    /// <summary>The level in words: <c>-18 dB</c>, or <c>silent</c> below −60 dB.</summary>
    public static string Words(float peak)
    {
        var decibels = peak > 0 ? 20 * Math.Log10(Math.Min(peak, 1f)) : double.NegativeInfinity;
        return decibels < FloorDecibels ? "silent" : $"{decibels:0} dB";
    }
}
