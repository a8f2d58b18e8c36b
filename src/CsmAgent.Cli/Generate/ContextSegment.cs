using System.Globalization;

namespace CsmAgent.Cli.Generate;

/// <summary>Something said before, as <c>--context</c> gives it.</summary>
/// <param name="File">A WAV file.</param>
/// <param name="Speaker">Who said it, 0 to 9.</param>
/// <param name="Text">What was said.</param>
internal sealed record ContextSegment(string File, int Speaker, string Text)
{
    /// <summary>Reads <c>FILE:SPEAKER:TEXT</c>.</summary>
    /// <exception cref="CliException">It is none; the message shows an example.</exception>
    public static ContextSegment Parse(string given)
    {
        // A path may hold a colon of its own (C:\...), a speaker is one digit between colons.
        for (var at = given.IndexOf(':', StringComparison.Ordinal); at >= 0; at = given.IndexOf(':', at + 1))
        {
            if (at + 2 < given.Length && given[at + 2] == ':' && char.IsAsciiDigit(given[at + 1]))
            {
                var segment = new ContextSegment(given[..at], int.Parse(given.AsSpan(at + 1, 1), CultureInfo.InvariantCulture), given[(at + 3)..]);
                return System.IO.File.Exists(segment.File)
                    ? segment
                    : throw new CliException(ExitCode.Missing, $"--context {given}: there is no file {segment.File}.");
            }
        }

        throw new CliException(ExitCode.Usage, $"--context {given}: expected FILE:SPEAKER:TEXT, for example anna.wav:0:\"We went by train.\"");
    }
}
