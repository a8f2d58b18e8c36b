namespace CsmAgent.Engines.Inference;

/// <summary>How soon each kind of step is needed. One frame lasts 80 ms.</summary>
internal static class InferenceDeadlines
{
    /// <summary>The next frame of speech that is being played.</summary>
    public static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(80);

    /// <summary>The first row of a reply: somebody waits in silence.</summary>
    public static readonly TimeSpan FirstFrame = TimeSpan.FromMilliseconds(60);

    /// <summary>Codes of the microphone: needed when the user's turn ends.</summary>
    public static readonly TimeSpan Encode = TimeSpan.FromMilliseconds(240);

    /// <summary>Context that the next reply needs.</summary>
    public static readonly TimeSpan Context = TimeSpan.FromMilliseconds(400);

    /// <summary>Loading and freeing.</summary>
    public static readonly TimeSpan Background = TimeSpan.FromSeconds(5);
}
