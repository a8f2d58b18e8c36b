using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CsmAgent.Audio.Devices.PortAudio;

/// <summary>ALSA and JACK write a page of complaints to the terminal while PortAudio tries what there is; none of them helps anybody.</summary>
internal static unsafe partial class SoundSystemMessages
{
    private static readonly Lazy<bool> Silenced = new(SilenceCore);

    public static void Silence() => _ = Silenced.Value;

    private static bool SilenceCore()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        if (NativeLibrary.TryLoad("libasound.so.2", out _))
        {
            _ = snd_lib_error_set_handler(&IgnoreAlsa);
        }

        if (NativeLibrary.TryLoad("libjack.so.0", out _))
        {
            jack_set_error_function(&IgnoreJack);
            jack_set_info_function(&IgnoreJack);
        }

        return true;
    }

    [LibraryImport("libasound.so.2")]
    private static partial int snd_lib_error_set_handler(delegate* unmanaged[Cdecl]<byte*, int, byte*, int, byte*, void> handler);

    [LibraryImport("libjack.so.0")]
    private static partial void jack_set_error_function(delegate* unmanaged[Cdecl]<byte*, void> handler);

    [LibraryImport("libjack.so.0")]
    private static partial void jack_set_info_function(delegate* unmanaged[Cdecl]<byte*, void> handler);

    // Variadic in C; the caller cleans up, so the arguments after the format may be ignored.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void IgnoreAlsa(byte* file, int line, byte* function, int error, byte* format)
    {
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void IgnoreJack(byte* text)
    {
    }
}
