using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CsmAgent.Tensors.Native;

/// <summary>
/// Makes TorchSharp's native library loadable where the system's C++ runtime is older than the one it was linked with
/// (Debian 12, Ubuntu 22.04). Runs by itself before TorchSharp's first use in a process that touches this assembly.
/// </summary>
public static partial class TorchRuntime
{
    private static readonly Lazy<string> Loading = new(Load);

    /// <summary>One line for a log or for <c>doctor</c>: how the native library was loaded. Loads it if nobody did yet.</summary>
    /// <exception cref="DllNotFoundException">The native library is there and cannot be loaded; the message says why.</exception>
    public static string Description => Loading.Value;

    /// <summary>Loads the native library now (about 0.3 s the first time) instead of at the first tensor, and waits if another
    /// thread is loading it. Call it before a thread's first use of Torch that does not begin with one of our loaders.</summary>
    /// <exception cref="DllNotFoundException">The native library is there and cannot be loaded; the message says why.</exception>
    public static void EnsureLoaded() => _ = Loading.Value;

    // A library may not run code at start-up (CA2255) unless loading fails without it, as here.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void LoadBeforeTorchSharp()
    {
        // Waiting for the managed assembly keeps users of spans alone from mapping 460 MB of libtorch.
        AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) => LoadIfTorchSharp(loaded.LoadedAssembly);
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            LoadIfTorchSharp(assembly);
        }
    }

    private static void LoadIfTorchSharp(Assembly assembly)
    {
        if (assembly.GetName().Name == "TorchSharp")
        {
            EnsureLoaded();
        }
    }

    private static string Load()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return "TorchSharp loads its native library itself on this platform.";
        }

        if (FindFolder() is not { } folder)
        {
            return "No libLibTorchSharp.so beside the program; TorchSharp will look for it itself.";
        }

        // MKL otherwise picks its loops by where an array happens to lie, and the last bits of a training step or a replay change
        // from run to run. It reads the C environment, which .NET's does not reach, at its first product; a user's own choice stays.
        _ = SetEnvironment("MKL_CBWR", "AUTO", overwrite: 0);

        // All three, by full path: otherwise the loader may take a system libtorch of another version and crash.
        foreach (var name in (ReadOnlySpan<string>)["libc10.so", "libtorch_cpu.so", "libtorch.so"])
        {
            NativeLibrary.Load(Path.Combine(folder, name));
        }

        var binding = Path.Combine(folder, "libLibTorchSharp.so");
        if (NativeLibrary.TryLoad(binding, out _))
        {
            return $"Loaded {binding}.";
        }

        var copy = WeakenedCopy.Of(binding);
        NativeLibrary.Load(copy);
        return $"Loaded {copy}: a private copy of {binding} that accepts this system's older C++ runtime.";
    }

    private static string? FindFolder()
    {
        var searched = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string[] candidates =
        [
            AppContext.BaseDirectory,
            Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"),
            .. searched,
        ];
        return Array.Find(candidates, folder =>
            File.Exists(Path.Combine(folder, "libLibTorchSharp.so")) && File.Exists(Path.Combine(folder, "libtorch_cpu.so")));
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
