namespace CsmAgent.Engines.Voices;

/// <summary>A gentle equaliser and a level, put on whatever speaks with the voice.</summary>
/// <param name="TiltDb">Gain above 1 kHz against below, decibels, −12 to 12: negative is darker.</param>
/// <param name="GainDb">Level, decibels, −24 to 12.</param>
public sealed record VoiceTone(double TiltDb = 0, double GainDb = 0);
