using System.Reflection;
using System.Runtime.InteropServices;

namespace CsmAgent.Audio.Native;

/// <summary>Finds the system's C libraries under the names each system gives them.</summary>
internal static class NativeLibraries
{
    public const string PortAudio = "portaudio";
    public const string SpeexDsp = "speexdsp";

    private static readonly Lazy<bool> Registered = new(() =>
    {
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);
        return true;
    });

    /// <summary>To be called before the first call into either library.</summary>
    public static void Register() => _ = Registered.Value;

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        foreach (var candidate in Candidates(name))
        {
            if (NativeLibrary.TryLoad(candidate, assembly, path, out var handle))
            {
                return handle;
            }
        }

        return 0;
    }

    private static IEnumerable<string> Candidates(string name)
    {
        if (name is not (PortAudio or SpeexDsp))
        {
            return [];
        }

        var version = name == PortAudio ? 2 : 1;
        if (OperatingSystem.IsWindows())
        {
            return [$"{name}.dll", $"{name}_x64.dll", $"lib{name}-{version}.dll", $"lib{name}.dll"];
        }

        return OperatingSystem.IsMacOS()
            ? [$"lib{name}.{version}.dylib", $"lib{name}.dylib", $"/opt/homebrew/lib/lib{name}.dylib", $"/usr/local/lib/lib{name}.dylib"]
            : [$"lib{name}.so.{version}", $"lib{name}.so"];
    }
}
