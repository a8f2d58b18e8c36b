using System.Runtime.InteropServices;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Engines.Listening.PocketSphinx;

/// <summary>Owns one native decoder with its language model: the generic English one, interpolated with the desk's own.
/// Not thread-safe. Its cepstral mean stays from utterance to utterance: it learns the speaker and the microphone. Before the first
/// it is the model's own, which no real microphone has; see <see cref="FeedBeginning"/>.</summary>
internal sealed unsafe class PocketSphinxDecoder : IDisposable
{
    /// <summary>The library's buffer for features begins with 128 frames of 10 ms and would wrap where a longer beginning fills it.</summary>
    public const int LongestBeginning = 16_000;

    private const string SearchName = "desk";
    private const int RehearsalSamples = 8_000;
    private const int RehearsalPeak = 2_000;
    private readonly nint[] _arguments;
    private nint _settings;
    private nint _decoder;

    public PocketSphinxDecoder(PocketSphinxFiles files, string deskArpaFile, float deskWeight)
    {
        string[] texts = ["csm-agent", "-hmm", files.AcousticModel, "-dict", files.Dictionary];
        // The library keeps pointing into these strings.
        _arguments = [.. texts.Select(Marshal.StringToCoTaskMemUTF8)];
        try
        {
            PocketSphinxNative.SetLogStream(0);
            fixed (nint* arguments = _arguments)
            {
                _settings = PocketSphinxNative.ParseCommandLine(0, PocketSphinxNative.Arguments(), _arguments.Length, arguments, 1);
            }

            _decoder = _settings == 0 ? 0 : PocketSphinxNative.Open(_settings);
            if (_decoder == 0)
            {
                throw new EngineException(
                    $"PocketSphinx could not load its model from {files.Folder}. Reinstall Debian's pocketsphinx-en-us, or set Recognizer:ModelFolder.");
            }

            SetLanguageModels(files.LanguageModel, deskArpaFile, deskWeight);
            Rehearse();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The best text so far.</summary>
    public string Text => Marshal.PtrToStringUTF8(PocketSphinxNative.Hypothesis(_decoder, out _)) ?? string.Empty;

    /// <summary>The posterior of the text, 0 to 1; only after <see cref="End"/>.</summary>
    public double Confidence =>
        Math.Clamp(PocketSphinxNative.Exponentiate(PocketSphinxNative.LogarithmTable(_decoder), PocketSphinxNative.Posterior(_decoder)), 0, 1);

    /// <summary>The words of the text and the second at which each ends; only after <see cref="End"/>.</summary>
    public IReadOnlyList<(string Word, double EndSeconds)> Words()
    {
        // The decoder counts frames since it was opened; an utterance begins with the first segment, silence or not.
        int? begin = null;
        List<(string, double)> words = [];
        for (var at = PocketSphinxNative.FirstWord(_decoder, out _); at != 0; at = PocketSphinxNative.NextWord(at))
        {
            // "read(2)" is another way to say "read"; silence and noise stand in brackets.
            var word = (Marshal.PtrToStringUTF8(PocketSphinxNative.WordText(at)) ?? string.Empty).Split('(')[0];
            PocketSphinxNative.WordFrames(at, out var first, out var last);
            begin ??= first;
            if (word.Length > 0 && char.IsLetter(word[0]))
            {
                words.Add((word, (last + 1 - begin.Value) / 100.0));
            }
        }

        return words;
    }

    public void Start() => Check(PocketSphinxNative.StartUtterance(_decoder), "begin an utterance");

    /// <summary>Feeds 16 kHz samples.</summary>
    public void Feed(ReadOnlySpan<short> samples) => Process(samples, whole: false);

    /// <summary>Feeds an utterance's beginning, before anything else of it, with the cepstral mean of these very samples; it stays for what
    /// follows.</summary>
    /// <param name="samples">16 kHz samples, at most <see cref="LongestBeginning"/>.</param>
    public void FeedBeginning(ReadOnlySpan<short> samples)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(samples.Length, LongestBeginning);
        Process(samples, whole: true);
    }

    public void End() => Check(PocketSphinxNative.EndUtterance(_decoder), "end an utterance");

    public void Dispose()
    {
        if (_decoder != 0)
        {
            _ = PocketSphinxNative.Free(_decoder);
            _decoder = 0;
        }

        if (_settings != 0)
        {
            _ = PocketSphinxNative.FreeCommandLine(_settings);
            _settings = 0;
        }

        for (var i = 0; i < _arguments.Length; i++)
        {
            Marshal.FreeCoTaskMem(_arguments[i]);
            _arguments[i] = 0;
        }
    }

    // The first search pages its models in, which takes longer than the words it finds: better now than when somebody waits for an answer.
    // As a whole utterance the noise leaves no trace in the mean that goes from utterance to utterance.
    private void Rehearse()
    {
        var random = new Random(1);
        var noise = new short[RehearsalSamples];
        for (var i = 0; i < noise.Length; i++)
        {
            noise[i] = (short)random.Next(-RehearsalPeak, RehearsalPeak);
        }

        Start();
        Process(noise, whole: true);
        End();
        _ = Words();
    }

    private void Process(ReadOnlySpan<short> samples, bool whole)
    {
        fixed (short* first = samples)
        {
            Check(PocketSphinxNative.Process(_decoder, first, (nuint)samples.Length, 0, whole ? 1 : 0), "decode samples");
        }
    }

    private void SetLanguageModels(string genericFile, string deskFile, float deskWeight)
    {
        var table = PocketSphinxNative.LogarithmTable(_decoder);
        nint[] names = [Marshal.StringToCoTaskMemUTF8("generic"), Marshal.StringToCoTaskMemUTF8("desk")];
        try
        {
            nint[] models =
            [
                PocketSphinxNative.ReadLanguageModel(_settings, genericFile, 0, table),
                PocketSphinxNative.ReadLanguageModel(_settings, deskFile, 0, table),
            ];
            if (models.Contains(0))
            {
                foreach (var model in models.Where(model => model != 0))
                {
                    _ = PocketSphinxNative.FreeLanguageModel(model);
                }

                throw new EngineException($"PocketSphinx could not read the language model {(models[0] == 0 ? genericFile : deskFile)}.");
            }

            float[] weights = [1 - deskWeight, deskWeight];
            nint joined;
            fixed (nint* firstModel = models, firstName = names)
            fixed (float* firstWeight = weights)
            {
                joined = PocketSphinxNative.JoinLanguageModels(_settings, firstModel, firstName, firstWeight, models.Length);
            }

            Check(joined == 0 ? -1 : PocketSphinxNative.SetLanguageModel(_decoder, SearchName, joined), "set the language model");
            // The search holds its own reference.
            _ = PocketSphinxNative.FreeLanguageModel(joined);
            Check(PocketSphinxNative.SetSearch(_decoder, SearchName), "select the language model");
        }
        finally
        {
            Array.ForEach(names, Marshal.FreeCoTaskMem);
        }
    }

    private static void Check(int result, string what)
    {
        if (result < 0)
        {
            throw new EngineException($"PocketSphinx could not {what} (result {result}).");
        }
    }
}
