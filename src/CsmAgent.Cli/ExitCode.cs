namespace CsmAgent.Cli;

/// <summary>What the process says to the shell that started it. The README lists these.</summary>
public static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>A check ran and failed: parity past its tolerance, a figure past its goal.</summary>
    public const int CheckFailed = 1;

    /// <summary>The command line or the configuration says something that does not exist.</summary>
    public const int Usage = 2;

    /// <summary>Something needed is not there: a library, a device, a model, a file, an endpoint.</summary>
    public const int Missing = 3;

    /// <summary>A fault of ours: run again with <c>--verbose</c> and report what it prints.</summary>
    public const int Fault = 4;

    /// <summary>Ended by Ctrl+C.</summary>
    public const int Interrupted = 130;
}
