namespace CsmAgent.Models.Mimi.Streaming;

/// <summary>How many keys the transformers keep between calls of a stream.</summary>
public enum MimiRing
{
    /// <summary>Window + positions per call − 1: streaming equals the offline codec at any length and chunking.</summary>
    Exact,

    /// <summary>The window, as in Kyutai's release: of the two positions of a frame the earlier one has lost its oldest key,
    /// so results drift a little from the offline codec once the window is full.</summary>
    AsReleased,
}
