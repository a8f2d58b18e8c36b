namespace CsmAgent.Cli.Screens;

/// <summary>What a line of the transcript says.</summary>
internal enum LineKind
{
    /// <summary>What the person said, as recognised.</summary>
    User,

    /// <summary>What was heard of the agent.</summary>
    Agent,

    /// <summary>Where the time of the turn above went.</summary>
    Latency,

    /// <summary>Something worth knowing.</summary>
    Notice,

    /// <summary>Something failed.</summary>
    Trouble,
}
