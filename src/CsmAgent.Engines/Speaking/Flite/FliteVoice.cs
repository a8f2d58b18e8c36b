using System.Runtime.InteropServices;
using CsmAgent.Audio;
using CsmAgent.Audio.Resampling;
using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Voices;

namespace CsmAgent.Engines.Speaking.Flite;

/// <summary>One of flite's voices: text in, 24 kHz samples and word times out. Flite keeps state per voice, so calls take turns.</summary>
internal sealed unsafe class FliteVoice
{
    // Active level of the desk's other voices: 0.1 RMS is −20 dB of full scale.
    private const float TargetRms = 0.1f;
    private const float PeakLimit = 0.95f;

    // Flite needs time in the square of a word's length: a word nobody can say is cut into pieces.
    private const int LongestWord = 40;
    private const string TokenEnd = "R:Token.daughtern.R:SylStructure.daughtern.daughtern.R:Segment.end";
    private static readonly nint Stretch = Marshal.StringToCoTaskMemUTF8("duration_stretch");
    private static readonly nint Pitch = Marshal.StringToCoTaskMemUTF8("int_f0_target_mean");
    private static readonly nint PitchSpread = Marshal.StringToCoTaskMemUTF8("int_f0_target_stddev");
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, FliteVoice> Loaded = new(StringComparer.Ordinal);
    private readonly nint _voice;

    private readonly float _ownStretch;
    private readonly float _ownPitch;
    private readonly float _ownPitchSpread;

    private FliteVoice(nint voice)
    {
        _voice = voice;
        var settings = ((FliteNative.Voice*)voice)->Features;
        _ownStretch = FliteNative.ReadNumber(settings, "duration_stretch", 1);
        _ownPitch = FliteNative.ReadNumber(settings, "int_f0_target_mean", float.NaN);
        _ownPitchSpread = FliteNative.ReadNumber(settings, "int_f0_target_stddev", float.NaN);
    }

    /// <summary>Loads a voice once per process (flite has no way to free a linked-in voice).</summary>
    /// <param name="name">Such as <c>slt</c>.</param>
    /// <exception cref="EngineException">The library is missing; the message says what to install.</exception>
    public static FliteVoice Load(string name)
    {
        lock (Gate)
        {
            if (Loaded.TryGetValue(name, out var known))
            {
                return known;
            }

            var file = $"libflite_cmu_us_{name}.so.1";
            if (!NativeLibrary.TryLoad(FliteNative.Library, out _) || !NativeLibrary.TryLoad(file, out var library)
                || !NativeLibrary.TryGetExport(library, $"register_cmu_us_{name}", out var register))
            {
                throw new EngineException(
                    $"The bootstrap voice '{name}' needs the libraries {FliteNative.Library} and {file}. Install Debian's libflite1 (scripts/setup does), "
                    + "or choose another Synthesizer:Engine.");
            }

            _ = FliteNative.Initialize();
            var voice = ((delegate* unmanaged<byte*, nint>)register)(null);
            return voice == 0 ? throw new EngineException($"Flite could not open its voice '{name}'.") : Loaded[name] = new FliteVoice(voice);
        }
    }

    /// <summary>Speaks a text.</summary>
    /// <param name="text">Plain words; empty gives silence of no length.</param>
    /// <param name="manner">Speed and pitch.</param>
    public FliteSpeech Speak(string text, BootstrapVoice manner)
    {
        if (!text.Any(char.IsAsciiLetterOrDigit))
        {
            return new FliteSpeech([], []);
        }

        lock (Gate)
        {
            SetManner(manner);

            // Its excitation is the C library's noise, whose state the whole process shares: the same words would never sound the same twice.
            FliteNative.SeedNoise(1);
            var utterance = FliteNative.Synthesize(BreakLongWords(text), _voice);
            if (utterance == 0)
            {
                throw new EngineException($"Flite could not speak a text of {text.Length} characters.");
            }

            try
            {
                var wave = FliteNative.WaveOf(utterance);
                return new FliteSpeech(ToHouseFormat(wave), Tokens(utterance, text));
            }
            finally
            {
                FliteNative.Free(utterance);
            }
        }
    }

    private void SetManner(BootstrapVoice manner)
    {
        // The settings are the voice's, which every session shares: all of them are set for every text.
        var settings = ((FliteNative.Voice*)_voice)->Features;
        FliteNative.SetNumber(settings, Stretch, (float)(_ownStretch / manner.Rate));
        Set(settings, Pitch, manner.PitchHz ?? _ownPitch);
        Set(settings, PitchSpread, manner.PitchSpreadHz ?? _ownPitchSpread);
    }

    // A voice without the setting speaks at the pitch it was recorded at; only leaving it out brings that back.
    private static void Set(nint settings, nint name, double value)
    {
        if (double.IsNaN(value))
        {
            _ = FliteNative.Forget(settings, name);
        }
        else
        {
            FliteNative.SetNumber(settings, name, (float)value);
        }
    }

    private static string BreakLongWords(string text)
    {
        var run = 0;
        var broken = new System.Text.StringBuilder(text.Length);
        foreach (var letter in text)
        {
            run = char.IsWhiteSpace(letter) ? 0 : run + 1;
            if (run > LongestWord)
            {
                broken.Append(' ');
                run = 1;
            }

            broken.Append(letter);
        }

        return broken.ToString();
    }

    private static float[] ToHouseFormat(FliteNative.Wave* wave)
    {
        var source = new ReadOnlySpan<short>(wave->Samples, wave->SampleCount);
        var samples = new float[source.Length];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = source[i] / 32768f;
        }

        samples = Resampler.Resample(samples, wave->SampleRateHz, AudioFormat.SampleRateHz);
        double energy = 0;
        float peak = 0;
        var active = 0;
        foreach (var sample in samples)
        {
            // Active: above −40 dB of full scale.
            if (MathF.Abs(sample) > 0.01f)
            {
                energy += sample * sample;
                active++;
            }

            peak = MathF.Max(peak, MathF.Abs(sample));
        }

        var gain = active == 0 ? 1 : (float)Math.Min(TargetRms / Math.Sqrt(energy / active), PeakLimit / peak);
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] *= gain;
        }

        return samples;
    }

    // Flite names tokens as they stand in the text, without punctuation: walk the text with them.
    private static List<(double EndSeconds, int Characters)> Tokens(nint utterance, string text)
    {
        List<(double, int)> tokens = [];
        var at = 0;
        var relation = FliteNative.Relation(utterance, "Token");
        for (var token = relation == 0 ? 0 : FliteNative.First(relation); token != 0; token = FliteNative.Next(token))
        {
            var name = Marshal.PtrToStringUTF8(FliteNative.Text(token, "name")) ?? string.Empty;
            var found = text.IndexOf(name, at, StringComparison.Ordinal);
            if (found >= 0)
            {
                at = found + name.Length;
                tokens.Add((FliteNative.Number(token, TokenEnd), at));
            }
        }

        return tokens;
    }
}
