namespace CsmAgent.TestSupport;

/// <summary>What a desk agent says.</summary>
public static class DeskSentences
{
    /// <summary>Sentences that the voices of tests speak.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "Good morning. What can I do for you?", "It is ten minutes past three.", "Your timer is set for five minutes.", "There are four chairs around the table.",
        "The train leaves at nine in the morning.", "Twelve times seventeen is two hundred and four.",
    ];
}
