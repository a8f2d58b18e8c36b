using CsmAgent.Audio.Native;

namespace CsmAgent.Audio.Devices.PortAudio;

/// <summary>A use of the PortAudio library. Devices are looked up when the first use begins, so a list taken with
/// no stream open sees what was plugged in since.</summary>
internal sealed class PortAudioLibrary : IDisposable
{
    // Pa_Initialize and Pa_Terminate count, but not safely across threads.
    private static readonly Lock Gate = new();
    private int _disposed;

    private PortAudioLibrary()
    {
    }

    /// <exception cref="AudioDeviceException">The library is missing or refuses to start.</exception>
    public static PortAudioLibrary Use()
    {
        lock (Gate)
        {
            try
            {
                NativeLibraries.Register();
                SoundSystemMessages.Silence();
                Check(PortAudioNative.Pa_Initialize(), "PortAudio cannot start");
            }
            catch (Exception problem) when (problem is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
            {
                throw new AudioDeviceException(
                    "The PortAudio library is not installed. Run scripts/setup, or install it yourself (Debian: libportaudio2, macOS: brew install portaudio, Windows: portaudio.dll beside the program).", problem);
            }

            return new PortAudioLibrary();
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            lock (Gate)
            {
                _ = PortAudioNative.Pa_Terminate();
            }
        }
    }

    /// <exception cref="AudioDeviceException">The code is an error.</exception>
    public static unsafe void Check(int code, string failed)
    {
        if (code >= PortAudioNative.NoError)
        {
            return;
        }

        var text = PortAudioNative.Text(PortAudioNative.Pa_GetErrorText(code));
        var host = code == PortAudioNative.UnanticipatedHostError ? PortAudioNative.Pa_GetLastHostErrorInfo() : null;
        var detail = host is null ? string.Empty : $" ({PortAudioNative.Text(host->ErrorText)})";
        var advice = code == PortAudioNative.DeviceUnavailable
            ? " Another program may hold the device: close it or choose another device."
            : " `csm-agent devices` lists what can be used.";
        throw new AudioDeviceException($"{failed}: {text}{detail} [{code}].{advice}");
    }
}
