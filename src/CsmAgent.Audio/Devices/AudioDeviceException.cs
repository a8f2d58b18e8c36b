namespace CsmAgent.Audio.Devices;

/// <summary>A device that cannot be opened or was lost. The message says which device, what happened and what to do.</summary>
public sealed class AudioDeviceException(string message, Exception? inner = null) : Exception(message, inner);
