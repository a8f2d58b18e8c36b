using CsmAgent.Audio.Playback;

namespace CsmAgent.Audio.Tests.Playback;

public sealed class HeardTrackerTests
{
    [Fact]
    public void Heard_is_what_was_rendered_one_latency_ago()
    {
        var tracker = new HeardTracker();
        for (var block = 1; block <= 20; block++)
        {
            tracker.Observe(At(block * 240, generation: 1), outputLatencySamples: 1_000);
        }

        Assert.Equal(15 * 240, tracker.Heard.RenderedSamples);
    }

    [Fact]
    public void Heard_never_goes_back_when_the_latency_grows()
    {
        var tracker = new HeardTracker();
        for (var block = 1; block <= 10; block++)
        {
            tracker.Observe(At(block * 240, generation: 1), outputLatencySamples: 240);
        }

        tracker.Observe(At(11 * 240, generation: 1), outputLatencySamples: 2_000);

        Assert.Equal(9 * 240, tracker.Heard.RenderedSamples);
    }

    [Fact]
    public void The_last_position_of_a_cut_generation_stays_known()
    {
        var tracker = new HeardTracker();
        tracker.Observe(At(240, generation: 1), 0);
        tracker.Observe(At(480, generation: 1), 0);
        tracker.Observe(At(720, generation: 2), 0);

        Assert.Equal(480, tracker.LastOf(1)!.Value.RenderedSamples);
        Assert.Null(tracker.LastOf(7));
    }

    private static PlaybackPosition At(long samples, int generation) => new(
        generation, (int)(samples / AudioFormat.FrameSamples), (int)(samples % AudioFormat.FrameSamples), generation, samples, true, false, 0, 0);
}
