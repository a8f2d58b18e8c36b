using CsmAgent.Audio.Files;
using CsmAgent.Audio.Measurement;
using CsmAgent.Audio.VoiceActivity;
using CsmAgent.TestSupport;

namespace CsmAgent.Audio.Tests.VoiceActivity;

public sealed class VoiceTailTests
{
    private const int Hop = VoiceActivityDetector.HopSamples;

    [Fact]
    public void On_the_recorded_turns_it_finds_the_sample_that_the_whole_recording_shows()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Fixtures.Repository, "voices", "desk-turns"), "*.wav"))
        {
            float[] turn = [.. WavFile.Read(file).ToHouseFormat(), .. new float[AudioFormat.SampleRateHz / 5]];
            var heard = turn.Length / Hop * Hop;

            var ago = Hear(turn, noiseFloorDb: -100);

            Assert.InRange(heard - ago!.Value - MouthToEar.LastVoicedSample(turn), -2, 2);
        }
    }

    [Theory]
    [InlineData(0.0003)]
    [InlineData(0.001)]
    [InlineData(0.004)]
    public void Noise_is_no_voice_and_hides_only_the_softest_end(double noise)
    {
        // Falls by 60 dB in 300 ms, as a room does.
        var voice = TestSignals.Sine(200, 24_000, 12_000, 0.3);
        var sound = TestSignals.Noise(24_000, 5, noise * Math.Sqrt(3));
        var noiseDb = 20 * Math.Log10(noise);
        for (var i = 0; i < 24_000; i++)
        {
            sound[i] += i < 12_000 ? voice[i] : (float)(0.3 * Math.Sin(i * 0.05) * Math.Pow(10, -3 * (i - 12_000) / 7_200.0));
        }

        var end = 24_000 - Hear(sound, (float)noiseDb)!.Value;

        // What is left of the 35 dB above the noise's peaks, at 60 dB in 300 ms; a sine's own peak is 3 dB up, and noise adds up to 5 to it.
        var shown = Math.Min(35, 20 * Math.Log10(0.3 / Math.Sqrt(2)) - noiseDb - 12);
        Assert.InRange(end, 12_000 + (shown * 120), 12_000 + ((shown + 8) * 120));
    }

    [Fact]
    public void Loudness_of_the_voice_before_does_not_count()
    {
        var tail = new VoiceTail();
        Feed(tail, TestSignals.Sine(200, 24_000, 4_800, 0.9));
        tail.Begin();
        Feed(tail, TestSignals.Sine(200, 24_000, 4_800, 0.01));
        Feed(tail, new float[2_400]);

        Assert.InRange(tail.LastVoicedAgo(-100)!.Value, 2_400, 2_460);
    }

    [Fact]
    public void A_second_without_sound_has_no_last_voiced_sample()
    {
        var tail = new VoiceTail();
        Feed(tail, TestSignals.Sine(200, 24_000, 4_800, 0.3));
        Feed(tail, new float[23_760]);
        Assert.NotNull(tail.LastVoicedAgo(-100));

        Feed(tail, new float[240]);

        Assert.Null(tail.LastVoicedAgo(-100));
    }

    private static int? Hear(float[] sound, float noiseFloorDb)
    {
        var tail = new VoiceTail();
        Feed(tail, sound);
        return tail.LastVoicedAgo(noiseFloorDb);
    }

    private static void Feed(VoiceTail tail, float[] sound)
    {
        for (var at = 0; at + Hop <= sound.Length; at += Hop)
        {
            tail.Add(sound.AsSpan(at, Hop));
        }
    }
}
