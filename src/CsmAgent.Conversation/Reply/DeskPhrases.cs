namespace CsmAgent.Conversation.Reply;

/// <summary>How people talk to the desk assistant, as patterns (<c>desk-phrases.txt</c>): a recogniser biases its language model with it.</summary>
public static class DeskPhrases
{
    private static readonly Lazy<PhraseGrammar> Loaded = new(() =>
    {
        using var stream = typeof(DeskPhrases).Assembly.GetManifestResourceStream("CsmAgent.Conversation.Reply.desk-phrases.txt")!;
        using var reader = new StreamReader(stream);
        return PhraseGrammar.Parse(reader.ReadToEnd());
    });

    /// <summary>The patterns.</summary>
    public static PhraseGrammar Grammar => Loaded.Value;
}
