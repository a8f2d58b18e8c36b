using CsmAgent.Audio.Analysis;
using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Speaking.Flite;
using CsmAgent.Engines.Voices;
using CsmAgent.TestSupport;

namespace CsmAgent.Engines.Tests.Voices;

/// <summary>A preset that changes nothing is a bug: each is spoken, measured, and compared with what its name says.</summary>
[Trait("Category", "Native")]
public sealed class PresetTests
{
    private const string Text = "Good morning. The weather is clear today, and the first train leaves at seven. Please tell me when you are ready to begin.";

    private static readonly Lazy<Task<Dictionary<string, VoiceProfile>>> Measured = new(MeasureAsync);

    [Fact]
    public async Task Every_pair_of_presets_differs_in_something_one_can_hear()
    {
        var profiles = await Measured.Value;
        foreach (var a in profiles)
        {
            foreach (var b in profiles.Where(b => string.CompareOrdinal(a.Key, b.Key) < 0))
            {
                // What listeners notice: a semitone and a half, a tenth in speed, a decibel an octave, two and a half decibels.
                var differs = Math.Abs(12 * Math.Log2(a.Value.MedianPitchHz / b.Value.MedianPitchHz)) > 1.5
                    || Math.Abs(Math.Log(a.Value.SpeechSeconds / b.Value.SpeechSeconds)) > 0.1
                    || Math.Abs(a.Value.TiltDbPerOctave - b.Value.TiltDbPerOctave) > 1
                    || Math.Abs(a.Value.SpeechDb - b.Value.SpeechDb) > 2.5;
                Assert.True(differs, $"{a.Key} and {b.Key} sound the same: {a.Value} and {b.Value}");
            }
        }
    }

    [Fact]
    public async Task Each_preset_differs_from_neutral_as_its_name_says()
    {
        var all = await Measured.Value;
        var neutral = all["neutral"];

        Assert.True(all["warm"].MedianPitchHz < 0.92 * neutral.MedianPitchHz && all["warm"].TiltDbPerOctave < neutral.TiltDbPerOctave - 0.6, $"warm: {all["warm"]}");
        Assert.True(all["deep"].MedianPitchHz < 0.95 * all.Where(voice => voice.Key != "deep").Min(voice => voice.Value.MedianPitchHz), $"deep: {all["deep"]}");
        Assert.True(all["bright"].MedianPitchHz > 1.08 * neutral.MedianPitchHz && all["bright"].TiltDbPerOctave > neutral.TiltDbPerOctave + 0.8, $"bright: {all["bright"]}");
        Assert.True(all["soft"].SpeechDb < all.Where(voice => voice.Key != "soft").Min(voice => voice.Value.SpeechDb) - 2, $"soft: {all["soft"]}");
        Assert.True(all["energetic"].SpeechSeconds < 0.9 * neutral.SpeechSeconds && all["energetic"].PitchRangeSemitones > neutral.PitchRangeSemitones, $"energetic: {all["energetic"]}");
        Assert.True(all["calm"].SpeechSeconds > 1.15 * neutral.SpeechSeconds && all["calm"].PitchRangeSemitones < neutral.PitchRangeSemitones, $"calm: {all["calm"]}");
        Assert.True(all["clear"].SpeechSeconds > 1.1 * neutral.SpeechSeconds && all["clear"].TiltDbPerOctave > neutral.TiltDbPerOctave + 0.8, $"clear: {all["clear"]}");
        Assert.True(all["resonant"].MedianPitchHz < 0.75 * neutral.MedianPitchHz && all["resonant"].SpeechDb > neutral.SpeechDb, $"resonant: {all["resonant"]}");
        Assert.True(
            all["authoritative"].MedianPitchHz < 0.75 * neutral.MedianPitchHz
            && all["authoritative"].SpeechDb > all["calm"].SpeechDb + 1
            && all["authoritative"].PitchRangeSemitones < all["deep"].PitchRangeSemitones,
            $"authoritative: {all["authoritative"]}");
    }

    private static async Task<Dictionary<string, VoiceProfile>> MeasureAsync()
    {
        var library = new VoiceLibrary(Path.Combine(Fixtures.Repository, "voices"));
        var flite = new FliteSynthesizer("slt", new NoCodec(), library);
        var profiles = new Dictionary<string, VoiceProfile>();
        foreach (var name in library.Names.Where(name => library.Find(name).Bootstrap is not null))
        {
            await using var session = await flite.OpenAsync(name, CancellationToken.None);
            var samples = new List<float>();
            await foreach (var frame in session.SpeakAsync(new SpeechRequest(1, Text, 0, 1_000), CancellationToken.None))
            {
                samples.AddRange(frame.Samples.Span);
            }

            profiles[name] = VoiceProfile.Of(samples.ToArray());
        }

        return profiles;
    }
}
