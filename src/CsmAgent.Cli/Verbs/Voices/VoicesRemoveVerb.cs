using System.CommandLine;
using CsmAgent.Engines.Voices;

namespace CsmAgent.Cli.Verbs.Voices;

/// <summary>Removes a voice.</summary>
internal sealed class VoicesRemoveVerb : Verb
{
    private readonly Argument<string> _name = new("name") { Description = "A folder in voices/." };
    private readonly Option<bool> _yes = new("--yes") { Description = "Do not ask." };

    public VoicesRemoveVerb(Shell shell)
        : base(shell, "remove", "Removes a voice's manifest and recordings.", "voices remove ada --yes")
    {
        Arguments.Add(_name);
        Options.Add(_yes);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var library = new VoiceLibrary(Path.Combine(Shell.Root, "voices"));
        var pack = library.Find(arguments.GetRequiredValue(_name));
        if (!arguments.GetValue(_yes))
        {
            throw new CliException(ExitCode.Usage, $"This deletes {pack.Folder} with {pack.Segments.Count} recordings. Say --yes if you mean it.");
        }

        foreach (var left in library.Remove(pack.Name))
        {
            Shell.Notice($"{left} is not the voice's and stays.");
        }

        Shell.Line($"Removed {pack.Name}.");
        return Task.FromResult(ExitCode.Ok);
    }
}
