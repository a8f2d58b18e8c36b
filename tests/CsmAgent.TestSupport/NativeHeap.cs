using System.Runtime.InteropServices;

namespace CsmAgent.TestSupport;

/// <summary>What native code holds of glibc's heap. Unlike the process's resident memory it does not move with the garbage
/// collector, with pages the system lends, or with memory that was freed and is kept for later.</summary>
public static partial class NativeHeap
{
    /// <summary>Bytes that were asked for and not given back, over all arenas and maps.</summary>
    /// <exception cref="EntryPointNotFoundException">The C library has no <c>mallinfo2</c>: glibc 2.33 or later is needed.</exception>
    public static long InUse
    {
        get
        {
            var info = mallinfo2();
            return (long)(info.AllocatedBytes + info.MappedBytes);
        }
    }

    [LibraryImport("libc")]
    private static partial Information mallinfo2();

    [StructLayout(LayoutKind.Sequential)]
    private struct Information
    {
        public nuint ArenaBytes;
        public nuint FreeChunks;
        public nuint FastChunks;
        public nuint Maps;
        public nuint MappedBytes;
        public nuint Unused;
        public nuint FastBytes;
        public nuint AllocatedBytes;
        public nuint FreeBytes;
        public nuint TopBytes;
    }
}
