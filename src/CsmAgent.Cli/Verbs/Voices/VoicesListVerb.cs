using System.CommandLine;
using CsmAgent.Engines.Voices;

namespace CsmAgent.Cli.Verbs.Voices;

/// <summary>Shows every voice on one line; a broken pack is shown as broken and hides none of the others.</summary>
internal sealed class VoicesListVerb(Shell shell) : Verb(shell, "list", "Shows all voices.", "voices list")
{
    public int Show()
    {
        var library = new VoiceLibrary(Path.Combine(Shell.Root, "voices"));
        var broken = 0;
        foreach (var name in library.Names)
        {
            try
            {
                var pack = library.Find(name);
                var kind = pack.Segments.Count > 0 ? $"{pack.Segments.Count} recording{(pack.Segments.Count == 1 ? "" : "s")}"
                    : pack.Bootstrap is not null ? "stand-in settings" : "no recordings";
                Shell.Line($"{name,-16}{kind,-20}{pack.BaseModel ?? "any model",-12}{pack.Description}");
            }
            catch (VoicePackException fault)
            {
                broken++;
                Shell.Line($"{name,-16}broken");
                Shell.Notice(fault.Message);
            }
        }

        return broken == 0 ? ExitCode.Ok : ExitCode.CheckFailed;
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken) => Task.FromResult(Show());
}
