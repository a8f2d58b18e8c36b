using System.CommandLine;
using CsmAgent.Audio.Files;
using CsmAgent.Engines.Voices;

namespace CsmAgent.Cli.Verbs.Voices;

/// <summary>Examines a voice, or a recording that is to become one.</summary>
internal sealed class VoicesCheckVerb : Verb
{
    private readonly Argument<string> _what = new("what") { Description = "A folder in voices/, or a WAV file." };

    public VoicesCheckVerb(Shell shell)
        : base(shell, "check", "Examines a voice, or a recording that is to become one.", "voices check warm", "voices check recording.wav") =>
        Arguments.Add(_what);

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var what = arguments.GetRequiredValue(_what);
        var findings = what.EndsWith(".wav", StringComparison.OrdinalIgnoreCase)
            ? RecordingCheck.Of(WavFile.Read(what).ToHouseFormat())
            : CheckVoice(what);
        foreach (var finding in findings)
        {
            Shell.Line($"{finding.Severity.ToString().ToLowerInvariant()}: {finding.Message}");
        }

        if (findings.Count == 0)
        {
            Shell.Line($"{what}: good");
        }

        return Task.FromResult(findings.Any(finding => finding.Severity != FindingSeverity.Advice) ? ExitCode.CheckFailed : ExitCode.Ok);
    }

    private List<RecordingFinding> CheckVoice(string name)
    {
        var pack = new VoiceLibrary(Path.Combine(Shell.Root, "voices")).Find(name);
        List<RecordingFinding> findings = [];
        foreach (var segment in pack.Segments)
        {
            findings.AddRange(RecordingCheck.Of(VoicePackFile.ReadAudio(pack, segment), segment.Transcript)
                .Select(finding => finding with { Message = $"{segment.Audio}: {finding.Message}" }));
        }

        return findings;
    }
}
