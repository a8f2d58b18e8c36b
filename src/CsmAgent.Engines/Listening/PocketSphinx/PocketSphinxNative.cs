using System.Runtime.InteropServices;

namespace CsmAgent.Engines.Listening.PocketSphinx;

/// <summary>The C functions we use of PocketSphinx 0.8+5prealpha (Debian's libpocketsphinx3 and libsphinxbase3).</summary>
internal static unsafe partial class PocketSphinxNative
{
    public const string Decoder = "libpocketsphinx.so.3";
    public const string Base = "libsphinxbase.so.3";

    /// <summary>The table of known settings.</summary>
    [LibraryImport(Decoder, EntryPoint = "ps_args")]
    public static partial nint Arguments();

    [LibraryImport(Base, EntryPoint = "cmd_ln_parse_r")]
    public static partial nint ParseCommandLine(nint inOut, nint definitions, int count, nint* arguments, int strict);

    [LibraryImport(Base, EntryPoint = "cmd_ln_free_r")]
    public static partial int FreeCommandLine(nint commandLine);

    /// <summary>A null stream silences the library, process-wide.</summary>
    [LibraryImport(Base, EntryPoint = "err_set_logfp")]
    public static partial void SetLogStream(nint stream);

    /// <summary>Makes a decoder; it keeps a reference to the settings.</summary>
    [LibraryImport(Decoder, EntryPoint = "ps_init")]
    public static partial nint Open(nint commandLine);

    [LibraryImport(Decoder, EntryPoint = "ps_free")]
    public static partial int Free(nint decoder);

    [LibraryImport(Decoder, EntryPoint = "ps_start_utt")]
    public static partial int StartUtterance(nint decoder);

    /// <param name="decoder">The decoder.</param>
    /// <param name="samples">16 kHz, 16 bit.</param>
    /// <param name="count">Samples.</param>
    /// <param name="noSearch">1 only computes features.</param>
    /// <param name="fullUtterance">1 normalises over the given samples as a whole.</param>
    [LibraryImport(Decoder, EntryPoint = "ps_process_raw")]
    public static partial int Process(nint decoder, short* samples, nuint count, int noSearch, int fullUtterance);

    [LibraryImport(Decoder, EntryPoint = "ps_end_utt")]
    public static partial int EndUtterance(nint decoder);

    /// <summary>The best text so far; owned by the decoder.</summary>
    [LibraryImport(Decoder, EntryPoint = "ps_get_hyp")]
    public static partial nint Hypothesis(nint decoder, out int score);

    /// <summary>The posterior of the best text after the end, as a logarithm of <see cref="LogarithmTable"/>'s base.</summary>
    [LibraryImport(Decoder, EntryPoint = "ps_get_prob")]
    public static partial int Posterior(nint decoder);

    /// <summary>The best text's words in time; freed by walking to its end.</summary>
    [LibraryImport(Decoder, EntryPoint = "ps_seg_iter")]
    public static partial nint FirstWord(nint decoder, out int score);

    [LibraryImport(Decoder, EntryPoint = "ps_seg_next")]
    public static partial nint NextWord(nint word);

    [LibraryImport(Decoder, EntryPoint = "ps_seg_word")]
    public static partial nint WordText(nint word);

    /// <summary>Its first and last frame, 100 a second.</summary>
    [LibraryImport(Decoder, EntryPoint = "ps_seg_frames")]
    public static partial void WordFrames(nint word, out int first, out int last);

    [LibraryImport(Decoder, EntryPoint = "ps_get_logmath")]
    public static partial nint LogarithmTable(nint decoder);

    [LibraryImport(Base, EntryPoint = "logmath_exp")]
    public static partial double Exponentiate(nint table, int logarithm);

    [LibraryImport(Base, EntryPoint = "ngram_model_read", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint ReadLanguageModel(nint commandLine, string path, int type, nint table);

    [LibraryImport(Base, EntryPoint = "ngram_model_free")]
    public static partial int FreeLanguageModel(nint model);

    /// <summary>Joins models; with weights it interpolates them. Takes over the references to the models.</summary>
    [LibraryImport(Base, EntryPoint = "ngram_model_set_init")]
    public static partial nint JoinLanguageModels(nint commandLine, nint* models, nint* names, float* weights, int count);

    [LibraryImport(Decoder, EntryPoint = "ps_set_lm", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetLanguageModel(nint decoder, string name, nint model);

    [LibraryImport(Decoder, EntryPoint = "ps_set_search", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetSearch(nint decoder, string name);
}
