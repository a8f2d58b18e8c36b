using System.Runtime.InteropServices;

namespace CsmAgent.Engines.Speaking.Flite;

/// <summary>The C functions we use of flite 2.2 (Debian's libflite1).</summary>
internal static unsafe partial class FliteNative
{
    public const string Library = "libflite.so.1";

    /// <summary>The head of flite's <c>cst_wave</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Wave
    {
        /// <summary>The type's name.</summary>
        public byte* TypeName;

        /// <summary>Samples per second.</summary>
        public int SampleRateHz;

        /// <summary>Samples per channel.</summary>
        public int SampleCount;

        /// <summary>Channels; always 1 here.</summary>
        public int ChannelCount;

        /// <summary>The samples.</summary>
        public short* Samples;
    }

    [LibraryImport(Library, EntryPoint = "flite_init")]
    public static partial int Initialize();

    [LibraryImport("libc", EntryPoint = "srand")]
    public static partial void SeedNoise(uint seed);

    [LibraryImport(Library, EntryPoint = "flite_synth_text", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint Synthesize(string text, nint voice);

    [LibraryImport(Library, EntryPoint = "delete_utterance")]
    public static partial void Free(nint utterance);

    [LibraryImport(Library, EntryPoint = "utt_wave")]
    public static partial Wave* WaveOf(nint utterance);

    [LibraryImport(Library, EntryPoint = "utt_relation", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint Relation(nint utterance, string name);

    [LibraryImport(Library, EntryPoint = "relation_head")]
    public static partial nint First(nint relation);

    [LibraryImport(Library, EntryPoint = "item_next")]
    public static partial nint Next(nint item);

    [LibraryImport(Library, EntryPoint = "flite_ffeature_string", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint Text(nint item, string path);

    [LibraryImport(Library, EntryPoint = "flite_ffeature_float", StringMarshalling = StringMarshalling.Utf8)]
    public static partial float Number(nint item, string path);

    /// <summary>The head of flite's <c>cst_voice</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Voice
    {
        /// <summary>The voice's name.</summary>
        public byte* Name;

        /// <summary>Its settings.</summary>
        public nint Features;
    }

    /// <param name="features">The settings.</param>
    /// <param name="name">A UTF-8 string that is never freed: flite keeps the pointer, not a copy.</param>
    /// <param name="value">The value.</param>
    [LibraryImport(Library, EntryPoint = "flite_feat_set_float")]
    public static partial void SetNumber(nint features, nint name, float value);

    [LibraryImport(Library, EntryPoint = "feat_remove")]
    public static partial int Forget(nint features, nint name);

    [LibraryImport(Library, EntryPoint = "get_param_float", StringMarshalling = StringMarshalling.Utf8)]
    public static partial float ReadNumber(nint features, string name, float otherwise);
}
