using CsmAgent.Audio.Analysis;
using CsmAgent.Audio.Files;
using CsmAgent.TestSupport;

namespace CsmAgent.Audio.Tests.Analysis;

public sealed class VoiceMeasurementTests
{
    [Theory]
    [InlineData(80)]
    [InlineData(123.4)]
    [InlineData(210)]
    [InlineData(333)]
    public void The_pitch_of_a_buzz_is_found_within_one_percent(double hertz)
    {
        var track = PitchTrack.Of(Buzz(hertz, 1));

        Assert.InRange(track.MedianHz, hertz * 0.99, hertz * 1.01);
        Assert.True(track.VoicedShare > 0.95);
    }

    [Fact]
    public void Noise_and_silence_have_no_pitch()
    {
        Assert.Equal(0, PitchTrack.Of(new float[24_000]).MedianHz);
        Assert.InRange(PitchTrack.Of(Noise(1, 0.1f)).VoicedShare, 0, 0.05);
    }

    [Fact]
    public void Men_and_women_of_the_recordings_lie_where_they_should()
    {
        Assert.InRange(PitchTrack.Of(Speech("lj-0004.wav")).MedianHz, 160, 260);
        Assert.InRange(PitchTrack.Of(Speech("goforward.wav")).MedianHz, 80, 170);
    }

    [Fact]
    public void Tilt_of_white_noise_is_flat_and_falls_with_a_filter()
    {
        var white = Noise(2, 0.1f);
        var dark = (float[])white.Clone();
        for (var i = 1; i < dark.Length; i++)
        {
            dark[i] += 0.98f * dark[i - 1];
        }

        Assert.InRange(Spectrum.TiltDbPerOctave(white), -0.5, 0.5);
        Assert.InRange(Spectrum.TiltDbPerOctave(dark), -7, -5);
        Assert.Equal(0, Spectrum.TiltDbPerOctave(new float[24_000]));
    }

    [Fact]
    public void The_extent_is_where_the_sound_is()
    {
        float[] samples = [.. new float[12_000], .. Buzz(150, 0.5), .. new float[6_000]];

        var extent = SpeechExtent.Find(samples);

        Assert.InRange(extent.Start, 11_760, 12_240);
        Assert.InRange(extent.End, 23_760, 24_240);
        Assert.True(SpeechExtent.Find(new float[10_000]).IsEmpty);
        Assert.True(SpeechExtent.Find([]).IsEmpty);
    }

    [Fact]
    public void Levels_tell_speech_noise_and_clipping_apart()
    {
        float[] clean = [.. Noise(1, 0.001f), .. Buzz(150, 1)];
        var clipped = Buzz(150, 1).Select(sample => Math.Clamp(sample * 8, -1f, 1f)).ToArray();

        Assert.InRange(LevelReport.Of(clean).SignalToNoiseDb, 35, 70);
        Assert.Equal(0, LevelReport.Of(clean).ClippedSamples);
        Assert.True(LevelReport.Of(clipped).ClippedSamples > 1_000);
        Assert.Equal(Level.SilenceDb, LevelReport.Of([]).SpeechDb);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    [InlineData(1.25)]
    [InlineData(2)]
    public void Stretching_changes_length_and_keeps_pitch_and_level(double pace)
    {
        var speech = Speech("lj-0004.wav");

        var stretched = TimeStretch.Apply(speech, pace);

        Assert.InRange(stretched.Length, speech.Length / pace - 1, speech.Length / pace + 1);
        Assert.InRange(PitchTrack.Of(stretched).MedianHz / PitchTrack.Of(speech).MedianHz, 0.96, 1.04);
        Assert.InRange(LevelReport.Of(stretched).SpeechDb - LevelReport.Of(speech).SpeechDb, -1.5, 1.5);
    }

    [Fact]
    public void One_person_is_one_and_a_man_and_a_woman_are_two()
    {
        var man = Speech("austen-0880.wav");
        var woman = Speech("lj-0004.wav");
        float[] both = [.. man, .. new float[12_000], .. woman, .. new float[12_000], .. man];

        Assert.NotNull(SpeakerCount.FindTwo(PitchTrack.Of(both)));
    }

    [Theory]
    [InlineData("lj-0004.wav")]
    [InlineData("lj-0005.wav")]
    [InlineData("lj-0007.wav")]
    [InlineData("austen-0870.wav")]
    [InlineData("libri-1688-0000.wav")]
    [InlineData("libri-3331-0002.wav")]
    [InlineData("libri-103-0000.wav")]
    [InlineData("jfk.wav")]
    public void A_reader_is_not_mistaken_for_two(string name) =>
        Assert.Null(SpeakerCount.FindTwo(PitchTrack.Of(Speech(name))));

    [Fact]
    public void Chapters_leave_the_sound_readable()
    {
        var path = Path.GetTempFileName();
        try
        {
            WavFile.Write(path, Buzz(150, 0.5), AudioFormat.SampleRateHz, 1);
            var before = WavFile.Read(path).Interleaved;

            WavChapters.Append(path, [(0, "Anna: Grüß Gott"), (6_000, "Ben: Odd!")]);

            Assert.Equal(before, WavFile.Read(path).Interleaved);
            var bytes = File.ReadAllBytes(path);
            Assert.Equal(bytes.Length - 8, BitConverter.ToInt32(bytes, 4));
            var cue = bytes.AsSpan().IndexOf("cue "u8);
            Assert.Equal(2, BitConverter.ToInt32(bytes, cue + 8));
            Assert.Equal(6_000, BitConverter.ToInt32(bytes, cue + 12 + 24 + 20));
            Assert.True(bytes.AsSpan().IndexOf("Grüß"u8) > cue);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static float[] Speech(string name) => WavFile.Read(Fixtures.Path("speech", name)).ToHouseFormat();

    private static float[] Buzz(double hertz, double seconds)
    {
        var samples = new float[(int)(seconds * AudioFormat.SampleRateHz)];
        for (var i = 0; i < samples.Length; i++)
        {
            for (var harmonic = 1; harmonic <= 8; harmonic++)
            {
                samples[i] += (float)(0.1 / harmonic * Math.Sin(2 * Math.PI * hertz * harmonic * i / AudioFormat.SampleRateHz));
            }
        }

        return samples;
    }

    private static float[] Noise(double seconds, float amplitude)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, (int)(seconds * AudioFormat.SampleRateHz)).Select(_ => amplitude * ((2 * random.NextSingle()) - 1))];
    }
}
