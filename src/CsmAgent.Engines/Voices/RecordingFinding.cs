namespace CsmAgent.Engines.Voices;

/// <summary>One thing found in a recording that is to become a voice.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Message">What was measured, what is good, what to do.</param>
public sealed record RecordingFinding(FindingSeverity Severity, string Message);

/// <summary>How bad a finding is.</summary>
public enum FindingSeverity
{
    /// <summary>Usable, could be better.</summary>
    Advice,

    /// <summary>A poor voice will come of it; a person may insist.</summary>
    Fault,

    /// <summary>Cannot be a voice.</summary>
    Impossible,
}
