using CsmAgent.Audio;
using CsmAgent.Audio.Analysis;
using CsmAgent.Audio.Resampling;

namespace CsmAgent.Training.Corpus;

/// <summary>Makes a speaker larger or smaller: pitch and formants move by a factor, the pace stays, and with it every phone's place.</summary>
/// <remarks>A corpus in which every text is known in one voice teaches a small model to tell the voice from the text. The same text from a speaker of
/// another size leaves it nothing but the context to tell the voice from.</remarks>
public static class SpeakerSize
{
    /// <summary>Smallest factor: what time can be stretched by.</summary>
    public const double Least = 0.5;

    /// <summary>Largest factor.</summary>
    public const double Most = 2;

    /// <summary>The name of a voice at another size.</summary>
    /// <param name="voice">The voice.</param>
    /// <param name="factor">The factor.</param>
    public static string NameOf(string voice, double factor) => FormattableString.Invariant($"{voice}x{factor}");

    /// <summary>The same speech from a speaker of another size.</summary>
    /// <param name="samples">16-bit, 24 kHz, mono; what becomes too loud is clipped.</param>
    /// <param name="factor">What pitch and formants are multiplied with, <see cref="Least"/> to <see cref="Most"/>.</param>
    /// <returns>As many samples.</returns>
    public static short[] Apply(ReadOnlySpan<short> samples, double factor)
    {
        var speech = new float[samples.Length];
        for (var i = 0; i < speech.Length; i++)
        {
            speech[i] = samples[i];
        }

        var slower = TimeStretch.Apply(speech, 1 / factor);
        var moved = Resampler.Resample(slower, (int)Math.Round(AudioFormat.SampleRateHz * factor), AudioFormat.SampleRateHz);
        Array.Resize(ref moved, samples.Length);
        return Array.ConvertAll(moved, sample => (short)Math.Clamp(MathF.Round(sample), short.MinValue, short.MaxValue));
    }
}
