using System.Globalization;

namespace CsmAgent.Training.Corpus;

/// <summary>Reads the corpus's run-length phone labels: one label per 20 ms.</summary>
public static class PhoneRuns
{
    /// <summary>Samples of 24 kHz under one label.</summary>
    public const int SamplesPerLabel = 480;

    /// <summary>Labels of a frame of 80 ms.</summary>
    public const int LabelsPerFrame = 4;

    /// <summary>The symbol of silence.</summary>
    public const string Silence = "_";

    /// <summary>Splits <c>_4 h2</c> into symbols and counts.</summary>
    /// <param name="runs">The text.</param>
    /// <exception cref="FormatException">A run has no symbol or no count from 1.</exception>
    public static IEnumerable<(string Symbol, int Count)> Parse(string runs)
    {
        foreach (var run in runs.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var digits = run.Length;
            while (digits > 0 && char.IsAsciiDigit(run[digits - 1]))
            {
                digits--;
            }

            if (digits == 0 || !int.TryParse(run.AsSpan(digits), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 1)
            {
                throw new FormatException($"'{run}' is no phone and count such as 'h2'.");
            }

            yield return (run[..digits], count);
        }
    }

    /// <summary>Moves labels to earlier times: the first ones fall away, the last one lasts as much longer.</summary>
    /// <param name="runs">The text.</param>
    /// <param name="labels">By how many, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="labels"/> is negative.</exception>
    /// <exception cref="FormatException">As <see cref="Parse"/>.</exception>
    public static string Earlier(string runs, int labels)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(labels);
        var moved = new List<(string Symbol, int Count)>();
        var dropped = labels;
        foreach (var (symbol, count) in Parse(runs))
        {
            var gone = Math.Min(dropped, count);
            dropped -= gone;
            if (count > gone)
            {
                moved.Add((symbol, count - gone));
            }
        }

        if (moved.Count > 0)
        {
            moved[^1] = (moved[^1].Symbol, moved[^1].Count + labels);
        }

        return string.Join(' ', moved.Select(run => string.Create(CultureInfo.InvariantCulture, $"{run.Symbol}{run.Count}")));
    }
}
