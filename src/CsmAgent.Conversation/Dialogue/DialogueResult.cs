namespace CsmAgent.Conversation.Dialogue;

/// <summary>A finished dialogue.</summary>
/// <param name="Duration">Length of the mix.</param>
/// <param name="GeneratedLines">Lines spoken now; the others were there already.</param>
/// <param name="RealTimeFactor">Computing time over audio time of what was generated now; null when nothing was.</param>
/// <param name="Files">What was written, the mix first.</param>
/// <param name="Warnings">What a person should know, with line numbers.</param>
public sealed record DialogueResult(
    TimeSpan Duration, int GeneratedLines, double? RealTimeFactor, IReadOnlyList<string> Files, IReadOnlyList<string> Warnings);
