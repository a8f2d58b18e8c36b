namespace CsmAgent.Cli.Measuring.EndToEnd;

/// <summary>What was measured of one recorded turn; milliseconds, null where it did not happen.</summary>
/// <param name="Name">The recording's file.</param>
/// <param name="MouthToEarMs">Last voiced sample of the user to the first audible sample of the answer, as played, work included.</param>
/// <param name="CountersOffMs">What the agent's own sample counters say of it, less what was measured from outside; work left out of both.</param>
/// <param name="ComputeMs">The part of it that is work.</param>
/// <param name="EndpointDelayMs">Last voiced sample to the decision that the turn is over, work included.</param>
/// <param name="SoftenedMs">First voiced sample of an interruption to the lowered voice.</param>
/// <param name="SilenceMs">First voiced sample of an interruption to the agent's silence, as played.</param>
/// <param name="IsCutEarly">The agent was heard before the turn's last voiced sample.</param>
/// <param name="IsJoined">An answer to the turn's beginning was taken back, heard or not, and one to the whole turn followed.</param>
/// <param name="Heard">What was recognised.</param>
/// <param name="Intent">What the manifest says is meant; null when it does not know the file.</param>
/// <param name="IsIntentRight">Whether that was understood.</param>
internal sealed record TurnFigures(
    string Name, double? MouthToEarMs, double? CountersOffMs, double? ComputeMs, double? EndpointDelayMs, double? SoftenedMs, double? SilenceMs,
    bool IsCutEarly, bool IsJoined, string Heard, string? Intent, bool IsIntentRight);
