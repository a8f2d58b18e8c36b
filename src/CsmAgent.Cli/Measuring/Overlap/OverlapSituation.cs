namespace CsmAgent.Cli.Measuring.Overlap;

/// <summary>Why somebody is heard while the agent speaks: the four situations of Full-Duplex-Bench v1.5.</summary>
internal enum OverlapSituation
{
    /// <summary>The user wants the floor.</summary>
    Interruption,

    /// <summary>The user listens: "mm hmm".</summary>
    Backchannel,

    /// <summary>The user turns away and talks to somebody else.</summary>
    SideTalk,

    /// <summary>Others talk, music plays or somebody types, further away.</summary>
    Background,
}
