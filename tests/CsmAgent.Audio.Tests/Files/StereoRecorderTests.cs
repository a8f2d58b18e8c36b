using CsmAgent.Audio.Files;
using CsmAgent.TestSupport;

namespace CsmAgent.Audio.Tests.Files;

public sealed class StereoRecorderTests : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("csm-rec-").FullName, "conversation.wav");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Fact]
    public void The_user_is_left_and_the_agent_right()
    {
        using (var recorder = new StereoRecorder(_path))
        {
            for (var i = 0; i < 10; i++)
            {
                recorder.Write(Filled(777, 0.5f), Filled(777, -0.25f));
            }
        }

        var audio = WavFile.Read(_path);
        Assert.Equal((7_770, 2, 24_000), (audio.SampleCount, audio.ChannelCount, audio.SampleRateHz));
        Assert.All(audio.Channel(0), sample => Assert.Equal(0.5f, sample));
        Assert.All(audio.Channel(1), sample => Assert.Equal(-0.25f, sample));
    }

    [Fact]
    public void A_process_that_dies_leaves_a_readable_file_up_to_the_last_second()
    {
        using var recorder = new StereoRecorder(_path);
        for (var i = 0; i < 250; i++)
        {
            recorder.Write(Filled(240, 0.5f), Filled(240, 0));
        }

        // Not disposed: what a kill would leave.
        Assert.Equal(2 * 24_000, WavFile.Read(_path).SampleCount);
    }

    [Fact]
    public void A_full_disk_is_told_once_and_writing_goes_on_without_effect()
    {
        using var disk = new SmallDisk(300_000);
        using var recorder = new StereoRecorder(new WavWriter(disk, _path, 24_000, 2));
        var told = new List<AudioFileException>();
        recorder.Failed += told.Add;

        for (var i = 0; i < 500; i++)
        {
            recorder.Write(Filled(240, 0.5f), Filled(240, 0));
        }

        Assert.Equal(recorder.Failure, Assert.Single(told));
        Assert.Contains("no space", told[0].Message, StringComparison.Ordinal);
        Assert.Contains(_path, told[0].Message, StringComparison.Ordinal);
        Assert.True(WavFile.Read(new MemoryStream(disk.ToArray()), "left.wav").SampleCount >= 24_000);
    }

    [Fact]
    public void Values_that_are_not_finite_are_recorded_as_silence()
    {
        using (var recorder = new StereoRecorder(_path))
        {
            recorder.Write([float.NaN, 0.5f], [0.5f, float.PositiveInfinity]);
        }

        Assert.Equal([0, 0.5f, 0.5f, 0], WavFile.Read(_path).Interleaved);
    }

    private static float[] Filled(int count, float value)
    {
        var samples = new float[count];
        Array.Fill(samples, value);
        return samples;
    }
}
