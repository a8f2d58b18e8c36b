using CsmAgent.Conversation.Streams;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Streams;

public sealed class MicrophoneWatchTests
{
    private readonly MicrophoneWatch _watch = new();

    [Fact]
    public void A_muted_microphone_is_said_once()
    {
        var said = Hear(_ => new float[240], seconds: 30);

        Assert.Contains("muted", Assert.Single(said), StringComparison.Ordinal);
    }

    [Fact]
    public void A_quiet_room_is_not_a_muted_microphone()
    {
        var random = new Random(1);

        Assert.Empty(Hear(_ => [.. Enumerable.Range(0, 240).Select(_ => 0.0001f * random.NextSingle())], seconds: 30));
    }

    [Fact]
    public void A_clipped_microphone_is_said_once_and_a_loud_one_is_not()
    {
        var tone = Desk.Tone(0.01);

        Assert.Empty(Hear(_ => tone.Select(sample => Math.Clamp(sample * 2.5f, -1, 1)).ToArray(), seconds: 10));
        Assert.Contains("distorts", Assert.Single(Hear(_ => tone.Select(sample => Math.Clamp(sample * 30, -1, 1)).ToArray(), seconds: 10)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(24_000, false)]
    [InlineData(24_010, false)]
    [InlineData(48_000, true)]
    [InlineData(16_000, true)]
    public void A_device_at_another_rate_than_agreed_is_said_once(int rateHz, bool isSaid)
    {
        var time = TimeProvider.System; // only its frequency is read
        var said = new List<string>();
        for (var block = 0; block < 3_000; block++)
        {
            if (_watch.Time(240, (long)(block * 240.0 / rateHz * time.TimestampFrequency), time) is { } problem)
            {
                said.Add(problem);
            }
        }

        Assert.Equal(isSaid ? 1 : 0, said.Count);
    }

    private List<string> Hear(Func<int, float[]> block, double seconds) =>
        [.. Enumerable.Range(0, (int)(seconds * 100)).Select(i => _watch.Hear(block(i))).OfType<string>()];
}
