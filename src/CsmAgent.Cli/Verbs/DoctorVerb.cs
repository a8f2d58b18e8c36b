using System.CommandLine;
using CsmAgent.Cli.Doctor;
using Spectre.Console;

namespace CsmAgent.Cli.Verbs;

/// <summary>Says what is installed, what is missing, what computes, and what to do.</summary>
internal sealed class DoctorVerb : Verb
{
    public DoctorVerb(Shell shell)
        : base(shell, "doctor", "Says what is installed, what is missing and what to do about it.", "doctor")
    {
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var findings = Examination.Run(Shell);
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("", "what", "found");
        foreach (var finding in findings)
        {
            var mark = finding.IsFine ? "[green]ok[/]" : finding.IsNeeded ? "[red]missing[/]" : "[yellow]not there[/]";
            var found = finding.IsFine ? finding.Found : $"{finding.Found}\n→ {finding.Advice}";
            table.AddRow(new Markup(mark), new Text(finding.What), new Text(found));
        }

        Shell.Out.Write(table);
        return Task.FromResult(findings.All(finding => finding.IsFine || !finding.IsNeeded) ? ExitCode.Ok : ExitCode.Missing);
    }
}
