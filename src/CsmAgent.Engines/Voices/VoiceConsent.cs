namespace CsmAgent.Engines.Voices;

/// <summary>Whose voice it is and what they agreed to.</summary>
/// <param name="Speaker">The person, or where a synthetic voice comes from.</param>
/// <param name="Statement">What was agreed, in a sentence.</param>
/// <param name="Date">The day it was given, <c>yyyy-MM-dd</c>.</param>
public sealed record VoiceConsent(string Speaker, string Statement, DateOnly? Date = null);
