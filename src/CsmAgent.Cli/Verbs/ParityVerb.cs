using System.CommandLine;
using CsmAgent.Models.Parity;

namespace CsmAgent.Cli.Verbs;

/// <summary>Compares this implementation with goldens of the published one.</summary>
internal sealed class ParityVerb : Verb
{
    private readonly Argument<string> _folder = new("folder")
    {
        Description = "A folder laid out like tests/fixtures/csm-tiny or mimi-tiny: config, weights, golden.safetensors.",
    };

    private readonly Option<string> _device = new("--device")
    {
        Description = "Where Mimi and CSM's session run: torch-cpu, cuda or mps.",
        DefaultValueFactory = _ => "torch-cpu",
    };

    public ParityVerb(Shell shell)
        : base(
            shell,
            "parity",
            "Compares CSM or Mimi with a folder of goldens and prints each largest difference; exit code 1 past a tolerance.",
            "parity tests/fixtures/csm-tiny",
            "parity tests/fixtures/mimi-tiny --device cuda")
    {
        Arguments.Add(_folder);
        Options.Add(_device);
        _device.AcceptOnlyFromAmong("torch-cpu", "cuda", "mps");
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var folder = arguments.GetRequiredValue(_folder);
        if (!Directory.Exists(folder))
        {
            throw new CliException(ExitCode.Missing, $"There is no folder {folder}.");
        }

        var (checks, failed) = (0, 0);
        foreach (var check in ParityRunner.Run(folder, arguments.GetRequiredValue(_device)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            checks++;
            failed += check.Passed ? 0 : 1;
            Shell.Line($"{(check.Passed ? "ok  " : "FAIL")}  {check.Difference,9:0.##E+00} of {check.Tolerance,-8:0.##E+00}  {check.Name}");
        }

        Shell.Line(failed == 0 ? $"{checks} goldens, all within tolerance" : $"{failed} of {checks} goldens past their tolerance");
        return Task.FromResult(failed == 0 ? ExitCode.Ok : ExitCode.CheckFailed);
    }
}
