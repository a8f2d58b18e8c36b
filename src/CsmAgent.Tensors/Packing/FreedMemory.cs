using System.Runtime.InteropServices;

namespace CsmAgent.Tensors.Packing;

/// <summary>Gives memory that was needed once, while weights were loaded and packed, back to the system.</summary>
public static partial class FreedMemory
{
    /// <summary>Collects garbage to the last byte and empties the native heap. Takes some 50 ms: for the end of loading, never for
    /// a conversation.</summary>
    public static void ReturnToSystem()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = TrimHeap(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Only glibc keeps what was freed, and only glibc has this.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int TrimHeap(nuint keep);
}
