namespace CsmAgent.Audio.Playback;

/// <summary>What became of a frame offered to the <see cref="PlaybackQueue"/>.</summary>
public enum EnqueueResult
{
    /// <summary>It will be played.</summary>
    Queued,

    /// <summary>Enough frames wait already; offer it again later.</summary>
    Full,

    /// <summary>Its generation has been cut; drop it.</summary>
    Stale,
}
