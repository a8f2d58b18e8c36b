namespace CsmAgent.Conversation.Ports;

/// <summary>How a voice sounds beside the user's own, as far as the ear has come to know it: whoever is further away is quieter, and
/// across a room the gaps between syllables fill up.</summary>
/// <param name="LevelDb">Active level relative to the user's usual one; 0 while that is not known.</param>
/// <param name="GapsDb">How far the quietest fifth of the voice lies below its active level; negative.</param>
/// <param name="ActiveMs">How much of it was loud enough to be speech: no decision's delay and no reverberation in it.</param>
public readonly record struct VoiceSound(double LevelDb, double GapsDb, int ActiveMs);
