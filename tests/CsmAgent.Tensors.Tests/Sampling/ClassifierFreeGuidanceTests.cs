using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Tensors.Tests.Sampling;

public sealed class ClassifierFreeGuidanceTests
{
    [Fact]
    public void What_the_text_makes_likelier_becomes_likelier_still()
    {
        float[] told = [2, 1.5f, 0];

        ClassifierFreeGuidance.Lead(told, [2, 0.5f, 1], 3);

        Assert.Equal([2, 3.5f, -2], told);
        Assert.Equal(1, TopKSampling.ArgMax(told));
    }

    [Fact]
    public void What_the_model_finds_implausible_is_never_chosen_however_much_less_likely_it_is_without_the_text()
    {
        float[] told = [10, 5.1f, 4.9f];

        ClassifierFreeGuidance.Lead(told, [10, 5.1f, -1000], 2);

        Assert.Equal([10, 5.1f, float.NegativeInfinity], told);
        Assert.Equal(0, TopKSampling.Sample(told, new SamplingSettings(0.5f, 50), [1, 1, 1e-30f]));
    }

    [Fact]
    public void Logits_of_another_count_are_refused() => Assert.Throws<ArgumentException>(() => ClassifierFreeGuidance.Lead(new float[3], new float[2], 2));

    [Theory]
    [InlineData(0.9f)]
    [InlineData(10.1f)]
    [InlineData(float.NaN)]
    public void A_scale_that_leads_nowhere_or_everywhere_is_refused(float scale) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingSettings(0.9f, 50, scale));
}
