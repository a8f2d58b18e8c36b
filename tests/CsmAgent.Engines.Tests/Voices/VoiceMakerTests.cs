using CsmAgent.Audio;
using CsmAgent.Audio.Analysis;
using CsmAgent.Audio.Files;
using CsmAgent.Engines.Voices;
using CsmAgent.TestSupport;

namespace CsmAgent.Engines.Tests.Voices;

public sealed class VoiceMakerTests : IDisposable
{
    private static readonly VoicePack Ada = new("ada", "A test.", "public domain", new VoiceConsent("Linda", "Published as public domain."));

    private readonly string _folder = Directory.CreateTempSubdirectory("voices").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_good_recording_has_no_faults() =>
        Assert.DoesNotContain(RecordingCheck.Of(Speech("lj-0005.wav")), finding => finding.Severity != FindingSeverity.Advice);

    [Fact]
    public void Silence_is_no_voice()
    {
        var finding = Assert.Single(RecordingCheck.Of(new float[5 * AudioFormat.SampleRateHz]));

        Assert.Equal(FindingSeverity.Impossible, finding.Severity);
        Assert.Contains("no speech", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_people_are_noticed()
    {
        float[] both = [.. Speech("lj-0004.wav"), .. new float[12_000], .. Speech("austen-0880.wav")];

        Assert.Contains(RecordingCheck.Of(both), finding => finding.Message.Contains("two people", StringComparison.Ordinal));
    }

    [Fact]
    public void Clipping_noise_and_length_are_noticed()
    {
        var loud = Speech("lj-0005.wav").Select(sample => Math.Clamp(sample * 20, -1, 1)).ToArray();
        var random = new Random(1);
        var noisy = Speech("lj-0005.wav").Select(sample => sample + (0.1f * (random.NextSingle() - 0.5f))).ToArray();

        Assert.Contains(RecordingCheck.Of(loud), finding => finding.Message.Contains("clipped", StringComparison.Ordinal) && finding.Severity == FindingSeverity.Fault);
        Assert.Contains(RecordingCheck.Of(noisy), finding => finding.Message.Contains("dB above", StringComparison.Ordinal));
        Assert.Contains(RecordingCheck.Of(Speech("lj-0002.wav")), finding => finding.Message.Contains("5 to 15 s", StringComparison.Ordinal));
    }

    [Fact]
    public void A_prompt_longer_than_the_context_can_bear_is_impossible()
    {
        var once = Speech("lj-0005.wav");
        var minutes = Enumerable.Repeat(once, 14).SelectMany(part => part).ToArray();

        var finding = Assert.Single(RecordingCheck.Of(minutes), found => found.Severity == FindingSeverity.Impossible);

        Assert.Contains("of the context's 2048 positions", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Preparing_trims_and_sets_the_level()
    {
        float[] raw = [.. new float[48_000], .. Speech("lj-0005.wav").Select(sample => sample * 0.1f), .. new float[48_000]];

        var prepared = VoiceMaker.Prepare(raw);

        Assert.InRange(prepared.Length, raw.Length - 110_000, raw.Length - 88_000);
        Assert.True(LevelReport.Of(prepared).SpeechDb is > -21 and < -19 || Level.Peak(prepared) > 0.88);
        Assert.True(Level.Peak(prepared) < 0.9);
    }

    [Fact]
    public void A_made_voice_can_be_found_and_read()
    {
        var library = new VoiceLibrary(_folder);
        var samples = VoiceMaker.Prepare(Speech("lj-0005.wav"));

        new VoiceMaker(library).Write(Ada, samples, "the invention of movable metal letters", replace: false);

        var pack = library.Find("Ada");
        Assert.Equal("the invention of movable metal letters", pack.Segments[0].Transcript);
        Assert.Equal(samples.Length, VoicePackFile.ReadAudio(pack, pack.Segments[0]).Length);
        Assert.Equal([Path.Combine(_folder, "ada")], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_name_that_is_taken_is_kept_unless_told_otherwise()
    {
        var maker = new VoiceMaker(new VoiceLibrary(_folder));
        maker.Write(Ada, new float[24_000], "one", replace: false);

        Assert.Contains("already", Assert.Throws<VoicePackException>(() => maker.Write(Ada, new float[24_000], "two", replace: false)).Message, StringComparison.Ordinal);
        Assert.Equal("two", maker.Write(Ada, new float[24_000], "two", replace: true).Segments[0].Transcript);
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void What_cannot_be_written_leaves_nothing_behind()
    {
        var maker = new VoiceMaker(new VoiceLibrary(_folder));
        maker.Write(Ada, new float[24_000], "one", replace: false);

        Assert.Throws<VoicePackException>(() => maker.Write(Ada with { Name = "../eve" }, new float[24_000], "x", replace: false));
        Assert.Throws<VoicePackException>(() => maker.Write(Ada, [float.NaN], "two", replace: true));

        Assert.Equal("one", new VoiceLibrary(_folder).Find("ada").Segments[0].Transcript);
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    private static float[] Speech(string name) => WavFile.Read(Fixtures.Path("speech", name)).ToHouseFormat();
}
