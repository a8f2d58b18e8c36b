namespace CsmAgent.Engines.Speaking.Csm;

/// <summary>One segment of the context: who, what, and how it sounded, with the rows it takes.</summary>
/// <param name="speaker">Speaker id in the prompt.</param>
/// <param name="text">What is said.</param>
/// <param name="turn">The agent's turn it belongs to; null for what somebody else said and for the voice's prompt.</param>
internal sealed class ContextSegment(int speaker, string text, int? turn)
{
    public int Speaker { get; } = speaker;

    public string Text { get; set; } = text;

    public int? Turn { get; } = turn;

    public List<int[]> Frames { get; } = [];

    /// <summary>False while its audio is still being generated.</summary>
    public bool IsEnded { get; set; }

    /// <summary>Its first position in the cache.</summary>
    public int Start { get; set; }

    /// <summary>A copy that changes on its own; frames themselves never change.</summary>
    public ContextSegment Copy()
    {
        var copy = new ContextSegment(Speaker, Text, Turn) { IsEnded = IsEnded, Start = Start };
        copy.Frames.AddRange(Frames);
        return copy;
    }
}
