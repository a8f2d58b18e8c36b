using CsmAgent.Training.Optimization;

namespace CsmAgent.Training.Tests;

public sealed class LearningRateTests
{
    [Theory]
    [InlineData(0, 0.1, 1)]
    [InlineData(9, 1, 1)]
    [InlineData(500, 1, 1)]
    [InlineData(750, 0.55, 0.55)]
    [InlineData(1_000, 0.1, 0.1)]
    [InlineData(2_000, 0.1, 0.1)]
    public void Warms_up_stays_and_falls_to_its_floor(long step, double shareOfPeak, double left)
    {
        var rate = new LearningRate(Peak: 2e-3, WarmUpSteps: 10, TotalSteps: 1_000, DecayShare: 0.5, Floor: 0.1);

        Assert.Equal(2e-3 * shareOfPeak, rate.At(step), 1e-12);
        Assert.Equal(left, rate.LeftAt(step), 1e-12);
    }
}
