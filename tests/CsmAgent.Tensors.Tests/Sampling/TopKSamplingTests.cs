using System.Text.Json;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Tensors.Sampling;
using CsmAgent.TestSupport;

namespace CsmAgent.Tensors.Tests.Sampling;

public sealed class TopKSamplingTests
{
    [Theory]
    [InlineData("s0")]
    [InlineData("s1")]
    [InlineData("s2")]
    [InlineData("s3")]
    [InlineData("s4")]
    public void Stored_noise_gives_the_stored_tokens_and_keeps_the_stored_count(string name)
    {
        using var goldens = SafetensorsFile.Open(Fixtures.Path("csm-tiny", "golden.safetensors"));
        using var facts = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("csm-tiny", "golden.json")));
        var fact = facts.RootElement.GetProperty("sampling").GetProperty(name);
        var settings = new SamplingSettings(fact.GetProperty("temperature").GetSingle(), fact.GetProperty("topk").GetInt32());
        var ids = (int)goldens.Info($"{name}.logits").Shape[1];
        var logits = goldens.Span<float>($"{name}.logits");
        var noise = goldens.Span<float>($"{name}.q");
        var tokens = goldens.Span<int>($"{name}.token");
        var kept = goldens.Span<int>($"{name}.kept");

        for (var row = 0; row < tokens.Length; row++)
        {
            var rowLogits = logits.Slice(row * ids, ids);

            Assert.Equal(tokens[row], TopKSampling.Sample(rowLogits, settings, noise.Slice(row * ids, ids)));

            var limit = TopKSampling.KthLargest(rowLogits, settings.TopK);
            Assert.Equal(kept[row], rowLogits.ToArray().Count(logit => logit >= limit));
        }
    }

    [Fact]
    public void The_kth_largest_agrees_with_sorting_for_any_values_and_ties()
    {
        var random = new Random(1);
        for (var round = 0; round < 500; round++)
        {
            var values = new float[random.Next(1, 60)];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = random.Next(0, 12) - 6;
            }

            var k = random.Next(1, values.Length + 5);
            var sorted = values.OrderDescending().ToArray();

            Assert.Equal(sorted[Math.Min(k, sorted.Length) - 1], TopKSampling.KthLargest(values, k));
        }
    }

    [Fact]
    public void Temperature_zero_takes_the_first_of_the_largest()
    {
        float[] logits = [1, 5, 5, -1];

        Assert.Equal(1, new SeededSampler(SamplingSettings.Greedy, 9).Sample(logits));
        Assert.Equal(1, TopKSampling.Sample(logits, new SamplingSettings(0, 4), new float[4]));
    }

    [Fact]
    public void One_seed_gives_one_sequence_and_another_seed_another()
    {
        var logits = new float[100];

        int[] Draw(ulong seed)
        {
            var sampler = new SeededSampler(new SamplingSettings(1, 100), seed);
            return [.. Enumerable.Range(0, 40).Select(_ => sampler.Sample(logits))];
        }

        Assert.Equal(Draw(7), Draw(7));
        Assert.NotEqual(Draw(7), Draw(8));
    }

    [Fact]
    public void Draws_follow_the_softmax_probabilities()
    {
        const int Draws = 40_000;
        float[] logits = [0, MathF.Log(2), MathF.Log(5), -40];
        var sampler = new SeededSampler(new SamplingSettings(1, 4), 3);
        var counts = new int[4];

        for (var i = 0; i < Draws; i++)
        {
            counts[sampler.Sample(logits)]++;
        }

        Assert.Equal(0, counts[3]);
        for (var id = 0; id < 3; id++)
        {
            // Five standard deviations of a binomial count.
            double p = new[] { 1, 2, 5 }[id] / 8.0;
            Assert.InRange(counts[id] - (Draws * p), -5 * Math.Sqrt(Draws * p * (1 - p)), 5 * Math.Sqrt(Draws * p * (1 - p)));
        }
    }

    [Fact]
    public void Not_a_number_is_refused_by_name()
    {
        var error = Assert.Throws<ArithmeticException>(() => TopKSampling.Sample([1, float.NaN], SamplingSettings.Default, [1, 1]));
        Assert.Contains("Logit 1", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArithmeticException>(() => TopKSampling.ArgMax([float.NaN]));
        Assert.Throws<ArgumentException>(() => TopKSampling.ArgMax([]));
    }

    [Theory]
    [InlineData(-0.1f, 5)]
    [InlineData(float.NaN, 5)]
    [InlineData(1f, 0)]
    public void Settings_outside_their_range_are_refused(float temperature, int topK) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingSettings(temperature, topK));
}
