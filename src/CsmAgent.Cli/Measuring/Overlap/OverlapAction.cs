namespace CsmAgent.Cli.Measuring.Overlap;

/// <summary>What the agent did about it.</summary>
internal enum OverlapAction
{
    /// <summary>It spoke on without a pause.</summary>
    WentOn,

    /// <summary>It held its reply and took it up again.</summary>
    Resumed,

    /// <summary>It gave its reply up and said nothing more.</summary>
    Stopped,

    /// <summary>It gave its reply up and said something else.</summary>
    Answered,
}
