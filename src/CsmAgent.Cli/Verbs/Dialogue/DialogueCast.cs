using System.Globalization;

namespace CsmAgent.Cli.Verbs.Dialogue;

/// <summary>Who speaks with which voice, as <c>--voices Anna=warm,Ben=deep</c> says.</summary>
internal sealed class DialogueCast
{
    private readonly List<(string Name, string Voice)> _members;

    private DialogueCast(List<(string, string)> members) => _members = members;

    /// <summary>Names in the order given, which is the order of their ids.</summary>
    public IReadOnlyList<string> Names => [.. _members.Select(member => member.Name)];

    /// <summary>Reads the option; null for none.</summary>
    /// <exception cref="CliException">It is not name=voice with commas between, or a name comes twice.</exception>
    public static DialogueCast? Parse(string? text)
    {
        if (text is null)
        {
            return null;
        }

        List<(string, string)> members = [];
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = item.Split('=', 2, StringSplitOptions.TrimEntries);
            if (pair is not [{ Length: > 0 } name, { Length: > 0 } voice])
            {
                throw new CliException(ExitCode.Usage, $"--voices: '{item}' is not NAME=VOICE, for example Anna=warm.");
            }

            if (!seen.TryAdd(name, voice))
            {
                throw new CliException(ExitCode.Usage, $"--voices gives {name} two voices, {seen[name]} and {voice}.");
            }

            members.Add((name, voice));
        }

        return members.Count > 0 ? new DialogueCast(members) : throw new CliException(ExitCode.Usage, "--voices is empty; expected for example Anna=warm,Ben=deep.");
    }

    /// <summary>Reads line numbers with commas between.</summary>
    /// <exception cref="CliException">One is no number.</exception>
    public static IReadOnlySet<int> ParseLines(string? text) => (text ?? "")
        .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(item => int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new CliException(ExitCode.Usage, $"--redo: '{item}' is no line number."))
        .ToHashSet();

    /// <summary>The voice given to somebody; null for nobody of that name.</summary>
    public string? VoiceOf(string name) => _members.FirstOrDefault(member => member.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Voice;
}
