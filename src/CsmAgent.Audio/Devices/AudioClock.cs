namespace CsmAgent.Audio.Devices;

/// <summary>The device's sample counters at the start of a block. The sound card is the clock of the whole house.</summary>
/// <param name="CapturedSamples">Samples at 24 kHz captured before this block since the device started.</param>
/// <param name="PlayedSamples">Samples at 24 kHz handed to the device before this block since it started.</param>
/// <param name="InputLatencySamples">Samples between the microphone's membrane and this block, as the device reports it.</param>
/// <param name="OutputLatencySamples">Samples between this block and the DAC, as the device reports it.</param>
public readonly record struct AudioClock(
    long CapturedSamples, long PlayedSamples, int InputLatencySamples, int OutputLatencySamples);
