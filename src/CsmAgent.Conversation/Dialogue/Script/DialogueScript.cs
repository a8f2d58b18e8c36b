namespace CsmAgent.Conversation.Dialogue.Script;

/// <summary>A conversation to be spoken.</summary>
/// <param name="Speakers">Who speaks, 1 to 4; the position is the speaker id in the context.</param>
/// <param name="Lines">What is said, in order; at least one.</param>
/// <param name="Chapters">Headings, in order; may be empty.</param>
public sealed record DialogueScript(
    IReadOnlyList<DialogueSpeaker> Speakers,
    IReadOnlyList<DialogueLine> Lines,
    IReadOnlyList<DialogueChapter> Chapters);

/// <summary>One speaker.</summary>
/// <param name="Name">As written in the script the first time.</param>
/// <param name="Voice">The voice the script asks for; null when it names none.</param>
public sealed record DialogueSpeaker(string Name, string? Voice = null);

/// <summary>A heading.</summary>
/// <param name="Title">Its text.</param>
/// <param name="FirstLine">Index of the first line under it, 0 to the number of lines.</param>
public sealed record DialogueChapter(string Title, int FirstLine);

/// <summary>One line of one speaker.</summary>
/// <param name="Source">Where it stands, for messages: <c>line 7</c> or <c>lines[3]</c>.</param>
/// <param name="Speaker">Index into <see cref="DialogueScript.Speakers"/>.</param>
/// <param name="Parts">Its text, cut where the script asks for a pause; at least one.</param>
/// <param name="Direction">How it is said.</param>
public sealed record DialogueLine(string Source, int Speaker, IReadOnlyList<LinePart> Parts, LineDirection Direction)
{
    /// <summary>The whole text, parts joined by spaces.</summary>
    public string Text => string.Join(' ', Parts.Select(part => part.Text));
}

/// <summary>Words between two pauses.</summary>
/// <param name="Pause">Silence before the words, 0 or more; the first part has none.</param>
/// <param name="Text">What is said; not empty.</param>
public sealed record LinePart(TimeSpan Pause, string Text);
