namespace CsmAgent.Audio.Devices.PortAudio;

/// <summary>Which sound card to use, and how.</summary>
public sealed record PortAudioDeviceOptions
{
    /// <summary>Number, name or part of the name of the input; the system's default when null.</summary>
    public string? Input { get; init; }

    /// <summary>Number, name or part of the name of the output; the system's default when null.</summary>
    public string? Output { get; init; }

    /// <summary>The rate the card runs at, 8000 to 192 000; its own when null. Everything behind it runs at 24 kHz.</summary>
    public int? SampleRateHz { get; init; }

    /// <summary>Buffering asked of the card in each direction, 1 ms to 1 s; 30 ms, or what the card suggests if that is more, when null.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>How long the card may give no sign of life before it counts as unplugged.</summary>
    public TimeSpan LostAfter { get; init; } = TimeSpan.FromSeconds(2);
}
