namespace CsmAgent.Audio.Devices.PortAudio;

/// <summary>One sound device as the system names it.</summary>
/// <param name="Index">Its number, good until devices are plugged in or out.</param>
/// <param name="Name">Its name.</param>
/// <param name="HostApi">The sound system it belongs to, for example ALSA or Core Audio.</param>
/// <param name="InputChannelCount">Most channels it captures; 0 for an output.</param>
/// <param name="OutputChannelCount">Most channels it plays; 0 for an input.</param>
/// <param name="DefaultSampleRateHz">Its own rate.</param>
/// <param name="LowInputLatency">The latency it suggests for live capture.</param>
/// <param name="LowOutputLatency">The latency it suggests for live playback.</param>
/// <param name="IsDefaultInput">Whether it is taken when no input is named.</param>
/// <param name="IsDefaultOutput">Whether it is taken when no output is named.</param>
public sealed record AudioDeviceInfo(
    int Index,
    string Name,
    string HostApi,
    int InputChannelCount,
    int OutputChannelCount,
    int DefaultSampleRateHz,
    TimeSpan LowInputLatency,
    TimeSpan LowOutputLatency,
    bool IsDefaultInput,
    bool IsDefaultOutput);
