namespace CsmAgent.Engines.Voices;

/// <summary>How the stand-in synthesiser (flite) imitates a voice.</summary>
/// <param name="Voice">The flite voice: <c>slt</c>, <c>rms</c>, <c>awb</c> or <c>kal16</c>.</param>
/// <param name="Rate">Speed, 1 as the voice was made, 0.5 to 2; flite's <c>duration_stretch</c> is its inverse.</param>
/// <param name="PitchHz">Mean pitch, flite's <c>int_f0_target_mean</c>, 50 to 350; null keeps the voice's own.</param>
/// <param name="PitchSpreadHz">Spread of the pitch, flite's <c>int_f0_target_stddev</c>, 1 to 80; null keeps the voice's own.</param>
public sealed record BootstrapVoice(string Voice = "slt", double Rate = 1, double? PitchHz = null, double? PitchSpreadHz = null);
