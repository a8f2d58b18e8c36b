namespace CsmAgent.Conversation.Ports;

/// <summary>One frame (80 ms) of codec codes.</summary>
/// <param name="Codes">One code per codebook, semantic first; 0 .. codebook size − 1. Owned by the frame, never written again.</param>
public readonly record struct CodeFrame(ReadOnlyMemory<int> Codes);
