using System.Globalization;
using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Files;

namespace CsmAgent.Cli.Talk;

/// <summary>What a recorded user says and when: a text file of recordings, one a line (see <c>voices/desk-turns/conversation.turns</c>).</summary>
internal static class TurnScript
{
    private const string Grammar = "FILE [after SECONDS | during SECONDS | then SECONDS]";
    private static readonly TimeSpan UsualPause = TimeSpan.FromSeconds(0.8);

    /// <summary>Reads a script and its recordings; a WAV file alone is a script of one turn.</summary>
    /// <exception cref="CliException">A file is missing, a line is no turn, or there is no turn at all. The message names file and line.</exception>
    public static IReadOnlyList<RecordedTurn> Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new CliException(ExitCode.Missing, $"--turns {path}: there is no such file.");
        }

        if (Path.GetExtension(path).Equals(".wav", StringComparison.OrdinalIgnoreCase))
        {
            return [new(Path.GetFileName(path), Samples(path, path), TurnStart.AgentSilent, UsualPause)];
        }

        List<RecordedTurn> turns = [];
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            var words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0)
            {
                turns.Add(Parse(words, path, number));
            }
        }

        return turns.Count > 0 ? turns : throw new CliException(ExitCode.Usage, $"{path} names no recording. A line is {Grammar}.");
    }

    private static RecordedTurn Parse(string[] words, string path, int number)
    {
        var place = $"{path}, line {number}";
        var (start, after) = words switch
        {
            [_] => (TurnStart.AgentSilent, UsualPause),
            [_, "after", var seconds] => (TurnStart.AgentSilent, Seconds(seconds, place)),
            [_, "during", var seconds] => (TurnStart.AgentSpeaking, Seconds(seconds, place)),
            [_, "then", var seconds] => (TurnStart.Time, Seconds(seconds, place)),
            _ => throw new CliException(ExitCode.Usage, $"{place}: '{string.Join(' ', words)}' is no turn. A line is {Grammar}."),
        };
        var file = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, words[0]);
        return new(words[0], Samples(file, place), start, after);
    }

    private static TimeSpan Seconds(string text, string place) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 3600
            ? TimeSpan.FromSeconds(seconds)
            : throw new CliException(ExitCode.Usage, $"{place}: '{text}' is no time. Expected seconds, 0 to 3600, for example 2.5.");

    private static ReadOnlyMemory<float> Samples(string file, string place)
    {
        if (!File.Exists(file))
        {
            throw new CliException(ExitCode.Missing, $"{place}: there is no recording {file}.");
        }

        return WavFile.Read(file).ToHouseFormat();
    }
}
