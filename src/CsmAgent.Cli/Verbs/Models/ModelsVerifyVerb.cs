using System.CommandLine;
using CsmAgent.Models.Hub;

namespace CsmAgent.Cli.Verbs.Models;

/// <summary>Reads cached files in full and compares sizes and hashes.</summary>
internal sealed class ModelsVerifyVerb : Verb
{
    private readonly Argument<string[]> _names = ModelArguments.Names();

    public ModelsVerifyVerb(Shell shell)
        : base(shell, "verify", "Reads cached models in full and compares sizes and hashes.", "models verify mimi") =>
        Arguments.Add(_names);

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var catalogue = ModelCatalogue.Embedded();
        var models = ModelArguments.Find(catalogue, arguments.GetValue(_names));
        var verifier = new HubVerifier(new HubCache(HubOptions.FromEnvironment(catalogue).CacheFolder));
        var bad = 0;
        foreach (var model in models)
        {
            var checks = await PullScreen.RunAsync(Shell, progress => verifier.VerifyAsync(model, progress, cancellationToken));
            foreach (var check in checks)
            {
                bad += check.Verdict is FileVerdict.Good ? 0 : 1;
                Shell.Line($"{model.Name}  {check.File}  {Word(check.Verdict)}: {check.Detail}");
            }
        }

        return bad == 0 ? ExitCode.Ok : ExitCode.CheckFailed;
    }

    private static string Word(FileVerdict verdict) => verdict switch
    {
        FileVerdict.Good => "good",
        FileVerdict.Missing => "missing",
        FileVerdict.WrongSize => "wrong size",
        FileVerdict.WrongHash => "wrong content",
        _ => "not comparable",
    };
}
