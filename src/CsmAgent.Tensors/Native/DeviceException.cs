namespace CsmAgent.Tensors.Native;

/// <summary>A device that is not there, or one that ran out of memory; the message says what was asked for, what was found, what to do.</summary>
/// <param name="message">All of that.</param>
/// <param name="inner">Torch's own complaint.</param>
public sealed class DeviceException(string message, Exception? inner = null) : Exception(message, inner);
