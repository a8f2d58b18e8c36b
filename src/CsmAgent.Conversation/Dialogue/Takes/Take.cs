using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Dialogue.Takes;

/// <summary>One line as it was spoken, before it is placed.</summary>
/// <param name="Seed">The seed it was spoken with.</param>
/// <param name="Clauses">Its clauses, in order; at least one.</param>
internal sealed record Take(ulong Seed, IReadOnlyList<TakeClause> Clauses)
{
    public int FrameCount => Clauses.Sum(clause => clause.Codes.Count);
}

/// <summary>One clause as it was spoken.</summary>
/// <param name="Pause">Silence the script asks for before it.</param>
/// <param name="Text">As written, for captions.</param>
/// <param name="Spoken">As spoken: numbers and abbreviations as words.</param>
/// <param name="Samples">24 kHz mono.</param>
/// <param name="Codes">One frame of codes for each 1920 samples; for the context of later lines.</param>
/// <param name="SpokenCharacters">Characters of <see cref="Spoken"/> said by the end of each frame.</param>
internal sealed record TakeClause(
    TimeSpan Pause, string Text, string Spoken, float[] Samples, IReadOnlyList<CodeFrame> Codes, IReadOnlyList<int> SpokenCharacters);
