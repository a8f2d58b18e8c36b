using CsmAgent.Audio.Devices;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Cli.Tests;

public sealed class FaultReportTests
{
    public static TheoryData<Exception, int, string> Faults => new()
    {
        { new CliException(ExitCode.CheckFailed, "No."), ExitCode.CheckFailed, "csm-agent: No.\n" },
        { new AudioDeviceException("The device is busy. Close the other program."), ExitCode.Missing, "csm-agent: The device is busy. Close the other program.\n" },
        { new AggregateException(new EngineException("The key is refused.")), ExitCode.Missing, "csm-agent: The key is refused.\n" },
        { new OperationCanceledException(), ExitCode.Interrupted, string.Empty },
        { new FileNotFoundException("No such file: x.wav."), ExitCode.Missing, "csm-agent: No such file: x.wav.\n" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_known_fault_is_one_message_and_its_exit_code(Exception fault, int code, string message)
    {
        var shell = new TestShell();

        Assert.Equal(code, FaultReport.Show(fault, shell.Shell));
        Assert.Equal(message, shell.Error);
    }

    [Fact]
    public void An_unknown_fault_is_called_a_bug_and_shows_its_stack_only_with_verbose()
    {
        var quiet = new TestShell();
        var loud = new TestShell();
        loud.Shell.Verbose = true;
        var fault = Thrown();

        Assert.Equal(ExitCode.Fault, FaultReport.Show(fault, quiet.Shell));
        Assert.Equal(ExitCode.Fault, FaultReport.Show(fault, loud.Shell));
        Assert.Contains("bug", quiet.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(nameof(Thrown), quiet.Error, StringComparison.Ordinal);
        Assert.Contains(nameof(Thrown), loud.Error, StringComparison.Ordinal);
    }

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException("odd");
        }
        catch (InvalidOperationException fault)
        {
            return fault;
        }
    }
}
