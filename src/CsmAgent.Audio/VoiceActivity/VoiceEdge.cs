namespace CsmAgent.Audio.VoiceActivity;

/// <summary>What a hop changed.</summary>
public enum VoiceEdge
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Speech began.</summary>
    Onset,

    /// <summary>Speech ended.</summary>
    Offset,
}
