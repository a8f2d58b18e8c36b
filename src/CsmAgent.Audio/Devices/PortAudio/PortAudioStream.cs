using System.Runtime.InteropServices;

namespace CsmAgent.Audio.Devices.PortAudio;

/// <summary>An open stream; closed when released, whoever forgets it.</summary>
internal sealed class PortAudioStream : SafeHandle
{
    public PortAudioStream(nint stream)
        : base(0, ownsHandle: true) => SetHandle(stream);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => PortAudioNative.Pa_CloseStream(handle) == PortAudioNative.NoError;
}
