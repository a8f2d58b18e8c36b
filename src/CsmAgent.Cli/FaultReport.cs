using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Dialogue.Script;
using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Voices;
using CsmAgent.Models.Hub;
using CsmAgent.Tensors.Native;
using Microsoft.Extensions.Options;

namespace CsmAgent.Cli;

/// <summary>Turns an exception into what a person reads and what the shell gets.</summary>
public static class FaultReport
{
    /// <summary>Writes one message to the error stream; the stack only with <c>--verbose</c>.</summary>
    /// <returns>The exit code that goes with the fault.</returns>
    public static int Show(Exception fault, Shell shell)
    {
        var (code, message) = Explain(fault);
        if (message.Length > 0)
        {
            shell.Notice($"csm-agent: {message}");
        }

        if (shell.Verbose && code != ExitCode.Interrupted)
        {
            shell.Notice(fault.ToString());
        }

        return code;
    }

    private static (int Code, string Message) Explain(Exception fault) => fault switch
    {
        CliException known => (known.ExitCode, known.Message),
        OperationCanceledException => (ExitCode.Interrupted, string.Empty),
        AudioDeviceException or EngineException or DeviceException => (ExitCode.Missing, fault.Message),
        DialogueException => (ExitCode.Usage, fault.Message),
        VoicePackException => (ExitCode.Missing, fault.Message),
        HubException hub => (hub.Fault == HubFault.Catalogue ? ExitCode.Usage : ExitCode.Missing, hub.Message),
        OptionsValidationException options => (ExitCode.Usage, "The configuration is not valid:\n  " + string.Join("\n  ", options.Failures)),
        FileNotFoundException or DirectoryNotFoundException => (ExitCode.Missing, fault.Message),
        DllNotFoundException => (ExitCode.Missing, $"{fault.Message.Split('\n')[0]} Run scripts/setup; 'csm-agent doctor' lists what is missing."),
        AudioFileException or IOException or UnauthorizedAccessException or InvalidDataException => (ExitCode.Missing, fault.Message),
        AggregateException { InnerException: { } inner } => Explain(inner),
        _ => (ExitCode.Fault, $"Unexpected fault: {fault.Message.Split('\n')[0]}\n  This is a bug of csm-agent. Run again with --verbose and report what it prints."),
    };
}
