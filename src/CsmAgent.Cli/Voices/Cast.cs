using CsmAgent.Engines.Voices;

namespace CsmAgent.Cli.Voices;

/// <summary>Who speaks with which voice, as <c>--voices Anna=warm,Ben=deep</c> and <c>--agents Anna,Ben</c> say.</summary>
internal sealed class Cast
{
    private static readonly string[] UsualVoices = ["warm", "deep", "clear", "authoritative"];

    private readonly List<(string Name, string? Voice)> _members;

    private Cast(List<(string, string?)> members) => _members = members;

    /// <summary>Names in the order given, which is the order of their ids.</summary>
    public IReadOnlyList<string> Names => [.. _members.Select(member => member.Name)];

    /// <summary>Reads an option; null for none.</summary>
    /// <param name="option">The option, for messages.</param>
    /// <param name="text">What was given.</param>
    /// <param name="needsVoices">Whether a name alone is too little.</param>
    /// <exception cref="CliException">It is not a list with commas between, or a name comes twice.</exception>
    public static Cast? Parse(string option, string? text, bool needsVoices)
    {
        if (text is null)
        {
            return null;
        }

        List<(string, string?)> members = [];
        var seen = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, voice) = item.Split('=', 2, StringSplitOptions.TrimEntries) switch
            {
                [{ Length: > 0 } both, { Length: > 0 } given] => (both, given),
                [{ Length: > 0 } alone] when !needsVoices => (alone, null),
                _ => throw new CliException(ExitCode.Usage, $"{option}: '{item}' is not NAME=VOICE, for example Anna=warm."),
            };
            if (!seen.TryAdd(name, voice))
            {
                throw new CliException(
                    ExitCode.Usage, voice is null ? $"{option} names {name} twice." : $"{option} gives {name} two voices, {seen[name]} and {voice}.");
            }

            members.Add((name, voice));
        }

        return members.Count > 0 ? new Cast(members) : throw new CliException(ExitCode.Usage, $"{option} is empty; expected for example Anna=warm,Ben=deep.");
    }

    /// <summary>Finds a voice for everybody: the one that is wanted, or one of the usual that nobody wants.</summary>
    /// <param name="wanted">The wanted voices; null for any.</param>
    /// <param name="library">Where voices lie.</param>
    /// <exception cref="VoicePackException">A wanted voice does not exist.</exception>
    public static IReadOnlyList<string> Voices(IReadOnlyList<string?> wanted, VoiceLibrary library)
    {
        var spare = new Queue<string>(UsualVoices.Except(wanted.OfType<string>(), StringComparer.OrdinalIgnoreCase));
        return [.. wanted.Select(voice => library.Find(voice ?? spare.Dequeue()).Name)];
    }

    /// <summary>The voice given to somebody; null for none, and for nobody of that name.</summary>
    public string? VoiceOf(string name) => _members.FirstOrDefault(member => member.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Voice;
}
