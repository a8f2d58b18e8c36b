using CsmAgent.Cli.Measuring;

namespace CsmAgent.Cli.Tests.Measuring;

public sealed class PlayedSoundTests
{
    private static readonly float[] Played = [.. Enumerable.Repeat(0.1f, 100), 0.0005f, 0, 0, .. Enumerable.Repeat(0f, 50), -0.2f, 0];

    [Theory]
    [InlineData(0, 153, 100)] // the fade's last, at -66 dBFS, is silence
    [InlineData(40, 90, 90)]
    [InlineData(0, 10_000, 154)]
    [InlineData(110, 150, 110)] // nothing but silence
    [InlineData(200, 300, 155)]
    public void Sound_ends_behind_its_last_audible_sample(int from, int until, int end) =>
        Assert.Equal(end, PlayedSound.EndOfSound(Played, Math.Min(from, Played.Length), until));
}
