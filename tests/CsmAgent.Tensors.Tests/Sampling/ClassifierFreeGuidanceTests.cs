using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Tensors.Tests.Sampling;

public sealed class ClassifierFreeGuidanceTests
{
    [Fact]
    public void What_is_likelier_for_being_told_becomes_likelier_still_and_several_things_add_up()
    {
        float[] told = [2, 1.5f, 0];
        float[] led = [.. told];

        ClassifierFreeGuidance.Lead(led, told, [2, 0.5f, 1], 3);
        Assert.Equal([2, 3.5f, -2], led);
        ClassifierFreeGuidance.Lead(led, told, [1, 1.5f, 0], 2);
        Assert.Equal([3, 3.5f, -2], led);
        ClassifierFreeGuidance.Lead(led, told, [9, 9, 9], 1);
        Assert.Equal([3, 3.5f, -2], led);
    }

    [Fact]
    public void What_the_model_finds_implausible_is_never_chosen()
    {
        float[] led = [10, 5.1f, 2000];

        ClassifierFreeGuidance.KeepPlausible(led, [10, 5.1f, 4.9f]);

        Assert.Equal([10, 5.1f, float.NegativeInfinity], led);
        Assert.Equal(0, TopKSampling.Sample(led, new SamplingSettings(0.5f, 50), [1, 1, 1e-30f]));
    }

    [Fact]
    public void Logits_of_another_count_are_refused()
    {
        Assert.Throws<ArgumentException>(() => ClassifierFreeGuidance.Lead(new float[3], new float[3], new float[2], 2));
        Assert.Throws<ArgumentException>(() => ClassifierFreeGuidance.Lead(new float[2], new float[3], new float[3], 2));
    }

    [Theory]
    [InlineData(0.9f)]
    [InlineData(10.1f)]
    [InlineData(float.NaN)]
    public void A_scale_that_leads_nowhere_or_everywhere_is_refused(float scale)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingSettings(0.9f, 50, guidance: scale));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingSettings(0.9f, 50, voiceGuidance: scale));
    }
}
