namespace CsmAgent.Audio.Echo;

/// <summary>What the canceller knows after a hop.</summary>
/// <param name="IsFarActive">Whether the agent is, or its echo may still be, in the microphone.</param>
/// <param name="IsNearActive">Whether something louder than the expected residual is there while the agent is audible: double talk.</param>
/// <param name="DelaySamples">Delay of the direct path in use.</param>
/// <param name="IsDelayKnown">Whether that delay was found by correlation.</param>
/// <param name="IsConverged">Whether the filter has learnt the room well enough for double talk to be told from echo.</param>
/// <param name="LinearErleDb">How much the linear filter takes away, smoothed over echo alone.</param>
public readonly record struct EchoState(
    bool IsFarActive, bool IsNearActive, int DelaySamples, bool IsDelayKnown, bool IsConverged, double LinearErleDb);
