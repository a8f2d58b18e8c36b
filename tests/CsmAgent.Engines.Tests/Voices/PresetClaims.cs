using CsmAgent.Audio.Analysis;

namespace CsmAgent.Engines.Tests.Voices;

/// <summary>What the presets' names promise, whoever speaks them.</summary>
internal static class PresetClaims
{
    public static readonly string[] Names = ["neutral", "warm", "deep", "bright", "soft", "energetic", "calm", "clear", "resonant", "authoritative"];

    /// <summary>A preset that changes nothing is a bug.</summary>
    public static void EveryPairDiffers(IReadOnlyDictionary<string, Measured> all)
    {
        Assert.Equal(Names.Order(), all.Keys.Order());
        foreach (var a in Names)
        {
            foreach (var b in Names.Where(b => string.CompareOrdinal(a, b) < 0))
            {
                // What listeners notice: a semitone and a half, a twelfth in speed, a decibel an octave, two and a half decibels.
                var differs = Math.Abs(12 * Math.Log2(all[a].Pitch / all[b].Pitch)) > 1.5
                    || Math.Abs(Math.Log(all[a].Rate / all[b].Rate)) > 0.08
                    || Math.Abs(all[a].Tilt - all[b].Tilt) > 1
                    || Math.Abs(all[a].Level - all[b].Level) > 2.5;
                Assert.True(differs, $"{a} and {b} sound the same: {all[a]} and {all[b]}");
            }
        }
    }

    /// <summary>Each differs from neutral as its name says.</summary>
    public static void NamesAreTrue(IReadOnlyDictionary<string, Measured> all)
    {
        var neutral = all["neutral"];
        Claim("warm", voice => voice.Pitch < 0.92 * neutral.Pitch && voice.Tilt < neutral.Tilt - 0.6);
        Claim("deep", voice => voice.Pitch < 0.95 * Others("deep").Min(other => other.Pitch));
        Claim("bright", voice => voice.Pitch > 1.04 * neutral.Pitch && voice.Tilt > neutral.Tilt + 0.8);
        Claim("soft", voice => voice.Level < Others("soft").Min(other => other.Level) - 2);
        Claim("energetic", voice => voice.Rate > 1.08 * neutral.Rate && voice.Range > neutral.Range);
        Claim("calm", voice => voice.Rate < 0.87 * neutral.Rate && voice.Range < neutral.Range);
        Claim("clear", voice => voice.Rate < 0.95 * neutral.Rate && voice.Tilt > neutral.Tilt + 0.8);
        Claim("resonant", voice => voice.Pitch < 0.75 * neutral.Pitch && voice.Level > neutral.Level);
        Claim("authoritative", voice =>
            voice.Pitch < 0.75 * neutral.Pitch && voice.Level > all["calm"].Level + 1 && voice.Range < all["deep"].Range);

        IEnumerable<Measured> Others(string name) => all.Where(voice => voice.Key != name).Select(voice => voice.Value);

        void Claim(string name, Func<Measured, bool> isTrue) => Assert.True(isTrue(all[name]), $"{name}: {all[name]}, neutral: {neutral}");
    }

    /// <summary>A voice in numbers.</summary>
    /// <param name="Pitch">Median, Hz.</param>
    /// <param name="Range">Of pitch, semitones.</param>
    /// <param name="Tilt">Decibels an octave.</param>
    /// <param name="Level">dBFS.</param>
    /// <param name="Rate">Letters a second.</param>
    internal sealed record Measured(double Pitch, double Range, double Tilt, double Level, double Rate)
    {
        public static Measured Of(ReadOnlySpan<float> samples, string text)
        {
            var profile = VoiceProfile.Of(samples);
            return new(profile.MedianPitchHz, profile.PitchRangeSemitones, profile.TiltDbPerOctave, profile.SpeechDb, text.Count(char.IsLetter) / profile.SpeechSeconds);
        }
    }
}
