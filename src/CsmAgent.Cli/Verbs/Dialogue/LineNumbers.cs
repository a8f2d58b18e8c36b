using System.Globalization;

namespace CsmAgent.Cli.Verbs.Dialogue;

/// <summary>Line numbers with commas between, as <c>--redo 3,7</c> says.</summary>
internal static class LineNumbers
{
    /// <summary>Reads the option; none for null.</summary>
    /// <exception cref="CliException">One is no number.</exception>
    public static IReadOnlySet<int> Parse(string? text) => (text ?? "")
        .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(item => int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new CliException(ExitCode.Usage, $"--redo: '{item}' is no line number."))
        .ToHashSet();
}
