using CsmAgent.Audio.Measurement;
using FsCheck.Xunit;

namespace CsmAgent.Audio.Tests.Measurement;

public sealed class MeasurementTests
{
    [Property(MaxTest = 30)]
    public void A_sound_is_found_again_at_its_delay_and_gain_under_noise(int seed)
    {
        var random = new Random(seed);
        var sound = TestSignals.Noise(random.Next(500, 5_000), seed, 0.3);
        var delay = random.Next(0, 4_000);
        var recording = TestSignals.Noise(delay + sound.Length + random.Next(0, 500), seed + 1, 0.02);
        for (var i = 0; i < sound.Length; i++)
        {
            recording[delay + i] += 0.5f * sound[i];
        }

        var found = CrossCorrelation.FindDelay(sound, recording, 5_000);

        Assert.Equal(delay, found.DelaySamples);
        Assert.Equal(-6.02, found.GainDb, 0.3);
        Assert.InRange(found.Correlation, 0.95, 1);
    }

    [Fact]
    public void What_is_not_there_is_not_found()
    {
        var found = CrossCorrelation.FindDelay(TestSignals.Noise(5_000, 1), TestSignals.Noise(20_000, 2), 10_000);

        Assert.True(found.Correlation < 0.2, $"{found}");
    }

    [Fact]
    public void Nothing_to_find_is_refused() =>
        Assert.Throws<ArgumentException>(() => CrossCorrelation.FindDelay(new float[100], new float[1_000], 10));

    [Fact]
    public void Answer_time_is_measured_from_the_last_voiced_to_the_first_audible_sample()
    {
        var turn = new float[24_000];
        TestSignals.Noise(18_000, 3, 0.3).CopyTo(turn, 2_000);
        var (user, agent) = (TestSignals.Noise(120_000, 4, 0.001), new float[120_000]);
        for (var i = 0; i < turn.Length; i++)
        {
            user[30_000 + i] += turn[i];
        }

        // Voice ends at 30 000 + 20 000; the answer begins 12 000 later.
        TestSignals.Sine(200, 24_000, 10_000).CopyTo(agent, 62_000);

        var time = MouthToEar.Measure(user, agent, turn, searchFrom: 10_000, searchSamples: 60_000);

        Assert.Equal(500, time!.Value.TotalMilliseconds, 1.0);
        Assert.Null(MouthToEar.Measure(user, new float[120_000], turn, 10_000, 60_000));
        Assert.Null(MouthToEar.Measure(TestSignals.Noise(120_000, 8, 0.1), agent, turn, 10_000, 60_000));
    }

    [Fact]
    public void A_meter_shows_level_and_peak_and_counts_clipping()
    {
        var meter = new LevelMeter();
        for (var i = 0; i < 300; i++)
        {
            meter.Add(TestSignals.Sine(100, 24_000, 240, 0.1));
        }

        Assert.Equal(-23.0, meter.RmsDb, 0.2);
        Assert.Equal(-20.0, meter.PeakDb, 0.2);
        Assert.Equal(0, meter.ClippedSamples);

        meter.Add([1f, -1f, 0.5f]);
        Assert.Equal(0, meter.PeakDb, 0.1);
        Assert.Equal(2, meter.ClippedSamples);
        meter.Add(new float[12_000]);
        Assert.Equal(-10, meter.PeakDb, 0.1);
        Assert.True(meter.RmsDb < -25);
    }

    [Fact]
    public void Active_level_leaves_pauses_out_and_gain_never_clips()
    {
        float[] speech = [.. TestSignals.Sine(200, 24_000, 24_000, 0.1), .. new float[48_000]];

        Assert.Equal(-23.0, SpeechLevel.ActiveDb(speech), 0.1);
        Assert.Equal(Math.Pow(10, -3 / 20.0), SpeechLevel.GainTo(speech, -26), 0.01);
        Assert.True(SpeechLevel.GainTo(speech, 10) * 0.1 <= 1);
        Assert.Equal(1, SpeechLevel.GainTo(new float[100], -26));
    }
}
