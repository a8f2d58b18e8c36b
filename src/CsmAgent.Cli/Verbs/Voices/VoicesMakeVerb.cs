using System.CommandLine;
using CsmAgent.Audio.Devices.PortAudio;
using CsmAgent.Audio.Files;
using CsmAgent.Cli.Hosting;
using CsmAgent.Cli.Voices;
using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Voices;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace CsmAgent.Cli.Verbs.Voices;

/// <summary>Makes a voice from a recording or the microphone.</summary>
internal sealed class VoicesMakeVerb : Verb
{
    private readonly Argument<string> _name = new("name") { Description = "Lower-case letters, digits and hyphens." };
    private readonly Option<string?> _from = new("--from") { Description = "A WAV file of 5 to 15 s of one person speaking.", HelpName = "FILE" };
    private readonly Option<double?> _record = new("--record") { Description = "Record this many seconds from the microphone instead.", HelpName = "SECONDS" };
    private readonly Option<string?> _device = new("--device") { Description = "The microphone, by name or number.", HelpName = "NAME" };
    private readonly Option<string?> _speaker = new("--speaker") { Description = "Whose voice it is.", HelpName = "WHO" };
    private readonly Option<string?> _consent = new("--consent") { Description = "What that person agreed to, in a sentence.", HelpName = "TEXT" };
    private readonly Option<string?> _transcript = new("--transcript") { Description = "Exactly what is said; left out, it is recognised and shown for confirmation.", HelpName = "TEXT" };
    private readonly Option<string> _licence = new("--licence") { Description = "Terms of the recording.", HelpName = "TEXT", DefaultValueFactory = _ => "private" };
    private readonly Option<string?> _description = new("--description") { Description = "One line about it.", HelpName = "TEXT" };
    private readonly Option<string?> _base = new("--base") { Description = "The model it is for; left out: any.", HelpName = "MODEL" };
    private readonly Option<bool> _replace = new("--replace") { Description = "Replace a voice of that name." };
    private readonly Option<bool> _force = new("--force") { Description = "Make it although faults were found." };

    public VoicesMakeVerb(Shell shell)
        : base(
            shell,
            "make",
            "Makes a voice from a recording: trims, checks, transcribes, writes it whole or not at all.",
            "voices make ada --from ada.wav --speaker \"Ada L.\" --consent \"I agree that my voice is used by this program.\"",
            "voices make ada --record 12 --speaker \"Ada L.\" --consent \"I agree.\" --transcript \"The words I will read.\"")
    {
        Arguments.Add(_name);
        foreach (var option in (Option[])[_from, _record, _device, _speaker, _consent, _transcript, _licence, _description, _base, _replace, _force])
        {
            Options.Add(option);
        }
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var name = arguments.GetRequiredValue(_name);
        if (!VoicePackFile.IsName(name))
        {
            throw new CliException(ExitCode.Usage, $"'{name}' cannot be a voice's name: use lower-case letters, digits and hyphens, 1 to 40.");
        }

        var consent = Consent(arguments);
        var samples = await SamplesAsync(arguments, cancellationToken).ConfigureAwait(false);
        Examine(samples, arguments.GetValue(_force));
        var prepared = VoiceMaker.Prepare(samples);
        var transcript = arguments.GetValue(_transcript) ?? await TranscribeAsync(prepared, cancellationToken).ConfigureAwait(false);

        var pack = new VoicePack(
            name, arguments.GetValue(_description) ?? $"The voice of {consent.Speaker}.", arguments.GetRequiredValue(_licence), consent, BaseModel: arguments.GetValue(_base));
        var made = new VoiceMaker(new VoiceLibrary(Path.Combine(Shell.Root, "voices"))).Write(pack, prepared, transcript, arguments.GetValue(_replace));
        Shell.Line($"Made the voice '{made.Name}' in {made.Folder}: {prepared.Length / 24_000.0:0.0} s, \"{transcript}\"");
        return ExitCode.Ok;
    }

    private VoiceConsent Consent(ParseResult arguments)
    {
        var (speaker, statement) = (arguments.GetValue(_speaker), arguments.GetValue(_consent));
        if (Shell.IsInteractive)
        {
            speaker ??= Shell.Out.Ask<string>("Whose voice is it?");
            statement ??= Shell.Out.Ask<string>($"What has {Markup.Escape(speaker)} agreed to? (kept in the voice's file)");
        }

        return string.IsNullOrWhiteSpace(speaker) || string.IsNullOrWhiteSpace(statement)
            ? throw new CliException(ExitCode.Usage, "A voice belongs to a person: say whose it is and what they agreed to with --speaker WHO --consent TEXT.")
            : new VoiceConsent(speaker, statement, DateOnly.FromDateTime(Shell.Time.GetUtcNow().UtcDateTime));
    }

    private async Task<float[]> SamplesAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        switch (arguments.GetValue(_from), arguments.GetValue(_record))
        {
            case ({ } file, null):
                return WavFile.Read(file).ToHouseFormat();
            case (null, { } seconds and >= 2 and <= 60):
                await using (var device = PortAudioDevice.Open(new PortAudioDeviceOptions { Input = arguments.GetValue(_device) }))
                {
                    Shell.Notice($"Recording {seconds:0} s from {device.Name}: speak now.");
                    return await VoiceRecording.RecordAsync(
                        device, TimeSpan.FromSeconds(seconds), Shell.Time, level => Meter(level), cancellationToken).ConfigureAwait(false);
                }

            case (null, { } seconds):
                throw new CliException(ExitCode.Usage, $"--record {seconds}: expected 2 to 60 seconds.");
            default:
                throw new CliException(ExitCode.Usage, "Say where the voice comes from: --from FILE or --record SECONDS, one of them.");
        }
    }

    private void Meter(double level)
    {
        if (Shell.IsInteractive)
        {
            Shell.Error.Profile.Out.Writer.Write($"\r{new string('#', (int)Math.Clamp((level + 60) / 2, 0, 30)),-30} {level,4:0} dBFS");
        }
    }

    private void Examine(float[] samples, bool insists)
    {
        var findings = RecordingCheck.Of(samples);
        foreach (var finding in findings)
        {
            Shell.Notice($"{finding.Severity.ToString().ToLowerInvariant()}: {finding.Message}");
        }

        if (findings.Any(finding => finding.Severity == FindingSeverity.Impossible))
        {
            throw new CliException(ExitCode.CheckFailed, "No voice was made.");
        }

        if (!insists && findings.Any(finding => finding.Severity == FindingSeverity.Fault))
        {
            throw new CliException(ExitCode.CheckFailed, "No voice was made. Record again, or insist with --force.");
        }
    }

    private async Task<string> TranscribeAsync(float[] samples, CancellationToken cancellationToken)
    {
        await using var host = await AgentHost.StartAsync(Shell, [], cancellationToken).ConfigureAwait(false);
        var recognizer = host.Services.GetRequiredService<ISpeechRecognizer>();
        var heard = await Transcriber.TextAsync(recognizer, samples, cancellationToken).ConfigureAwait(false);
        if (Shell.IsInteractive)
        {
            return Shell.Out.Prompt(new TextPrompt<string>("Correct what was heard, or press Enter:").DefaultValue(heard));
        }

        throw new CliException(
            ExitCode.Usage, $"The {recognizer.Name} heard: \"{heard}\". A transcript must match exactly: run again with --transcript \"…\" and the true words.");
    }
}
