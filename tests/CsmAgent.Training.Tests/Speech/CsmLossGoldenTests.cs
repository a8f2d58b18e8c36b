using System.Text.Json;
using CsmAgent.Models.Csm;
using CsmAgent.Tensors.Native;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.TestSupport;
using CsmAgent.Training.Optimization;
using CsmAgent.Training.Speech;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Training.Tests.Speech;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class CsmLossGoldenTests : IDisposable
{
    private const double Tolerance = 1e-5;
    private readonly JsonElement _training;
    private readonly Checkpoint _golden;
    private readonly CsmConfig _config;
    private readonly ParameterVector _parameters;
    private readonly DisposeScope _scope;

    static CsmLossGoldenTests() => TorchRuntime.EnsureLoaded();

    public CsmLossGoldenTests()
    {
        _scope = NewDisposeScope();
        _training = JsonDocument.Parse(File.ReadAllText(Fixtures.Path("csm-tiny", "golden.json"))).RootElement.GetProperty("training");
        _golden = Checkpoint.Open(Fixtures.Path("csm-tiny", "golden.safetensors"));
        _config = CsmConfig.Open(Fixtures.Path("csm-tiny", "config.json"));
        using var checkpoint = CsmCheckpoint.Open(Fixtures.Path("csm-tiny", "model.safetensors"), _config);
        using var weights = CsmWeights.Load(checkpoint);
        _parameters = new ParameterVector(weights.Parameters.Select(entry => (entry.Key, entry.Value)));
    }

    public void Dispose()
    {
        _parameters.Dispose();
        _golden.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData("train_full")]
    [InlineData("train_amortised")]
    [InlineData("train_target_only")]
    [InlineData("train_batch2")]
    public void Losses_targets_logits_and_every_gradient_match_the_reference(string name)
    {
        var expected = _training.GetProperty(name);
        var (rows, labels) = Batch(name);

        var (loss, gradient) = Run(rows, labels);

        Assert.Equal(Number(expected, "loss"), loss.Total.item<float>(), Tolerance * 10);
        Assert.Equal(Number(expected, "backbone_loss"), loss.Backbone.item<float>(), Tolerance);
        Assert.Equal(Number(expected, "depth_loss"), loss.Depth.item<float>(), Tolerance);
        Assert.Equal(expected.GetProperty("backbone_targets").GetInt64(), loss.Frames);
        Assert.Equal(expected.GetProperty("depth_frames").GetInt64(), loss.DepthFrames);
        var total = gradient.to(ScalarType.Float64).norm().item<double>();
        Assert.Equal(1, total / Number(expected, "total_grad_norm"), Tolerance);
        var parts = _parameters.Split(gradient);
        foreach (var norm in expected.GetProperty("grad_norm").EnumerateObject())
        {
            var actual = parts[norm.Name].to(ScalarType.Float64).norm().item<double>();
            Assert.True(Math.Abs(actual / norm.Value.GetDouble() - 1) < Tolerance, $"{norm.Name}: {actual} instead of {norm.Value}");
        }

        Assert.Equal(expected.GetProperty("grad_norm").EnumerateObject().Count(), parts.Count);
    }

    [Fact]
    public void Whole_gradients_match_element_by_element()
    {
        var (rows, labels) = Batch("train_full");

        var parts = _parameters.Split(Run(rows, labels).Gradient);

        foreach (var name in _golden.Names.Where(name => name.StartsWith("train_full.grad.", StringComparison.Ordinal)))
        {
            var expected = _golden.ToTensor(name);
            var difference = (expected - parts[name["train_full.grad.".Length..]]).abs().max().item<float>();
            Assert.True(difference <= 1e-4 * expected.abs().max().item<float>(), $"{name}: {difference}");
        }
    }

    [Theory]
    [InlineData("train_full")]
    [InlineData("train_amortised")]
    public void One_plain_step_lands_where_the_reference_lands(string name)
    {
        var (rows, labels) = Batch(name);
        var (_, gradient) = Run(rows, labels);
        using (no_grad())
        {
            _parameters.Values.add_(gradient, alpha: -0.1);
        }

        AssertParameters(_training.GetProperty(name).GetProperty("sgd_lr0.1"), 1e-5);
        Assert.Equal(Number(_training.GetProperty(name), "loss_after_sgd"), Run(rows, labels).Loss.Total.item<float>(), 1e-3);
    }

    [Theory]
    [InlineData("train_full")]
    [InlineData("train_amortised")]
    public void Five_AdamW_steps_follow_the_reference(string name)
    {
        var expected = _training.GetProperty(name);
        var settings = expected.GetProperty("adamw");
        var betas = settings.GetProperty("betas").EnumerateArray().Select(beta => beta.GetDouble()).ToArray();
        using var optimizer = new AdamW(
            _parameters.Values.size(0), new(betas[0], betas[1], Number(settings, "eps"), Number(settings, "weight_decay")));
        var (rows, labels) = Batch(name);

        foreach (var losses in expected.GetProperty("adamw_losses").EnumerateArray())
        {
            var (loss, gradient) = Run(rows, labels);
            Assert.Equal(losses[0].GetDouble(), loss.Backbone.item<float>(), 1e-4);
            Assert.Equal(losses[1].GetDouble(), loss.Depth.item<float>(), 1e-4);
            optimizer.Step(_parameters.Values, gradient, Number(settings, "lr"));
        }

        AssertParameters(expected.GetProperty("adamw_final"), 1e-4);
    }

    [Fact]
    public void Codebooks_that_count_less_and_less_leave_the_first_of_them_alone_to_be_learnt()
    {
        var (rows, labels) = Batch("train_full");
        var tensors = _parameters.Split(_parameters.Values);
        var weights = CsmWeights.Create(_config, (name, _) => tensors[name].alias());
        var hidden = CsmModel.Hidden(weights, rows).narrow(1, 0, rows.size(1) - 1).flatten(0, 1);
        var wanted = labels.narrow(1, 1, rows.size(1) - 1).flatten(0, 1);
        var deep = wanted.select(1, 1).ne(CsmObjective.Ignored).nonzero().flatten();
        var codes = wanted.index_select(0, deep);
        var first = CsmModel.DepthLogits(weights, hidden.index_select(0, deep), codes).select(1, 0);

        var loss = CsmObjective.Compute(weights, rows, labels, depthDecay: 1e-6);

        Assert.Equal(nn.functional.cross_entropy(first, codes.select(1, 1)).item<float>(), (loss.Total - loss.Backbone).item<float>(), 1e-4);
        Assert.Equal(CsmObjective.Compute(weights, rows, labels).Depth.item<float>(), loss.Depth.item<float>());
    }

    private (CsmLoss Loss, Tensor Gradient) Run(Tensor rows, Tensor labels)
    {
        var (leaf, tensors) = _parameters.Differentiable();
        var weights = CsmWeights.Create(_config, (name, _) => tensors[name].alias());
        var loss = CsmObjective.Compute(weights, rows, labels);
        loss.Total.backward();
        return (loss, leaf.grad!);
    }

    private void AssertParameters(JsonElement expected, double relative)
    {
        var values = _parameters.Split(_parameters.Values);
        foreach (var parameter in expected.EnumerateObject())
        {
            var norm = values[parameter.Name].to(ScalarType.Float64).norm().item<double>();
            Assert.True(Math.Abs(norm / Number(parameter.Value, "l2") - 1) < relative, $"{parameter.Name}: {norm} instead of {Number(parameter.Value, "l2")}");
        }
    }

    private (Tensor Rows, Tensor Labels) Batch(string name)
    {
        var rows = Rows("train.tokens", "train.mask");
        if (name != "train_batch2")
        {
            return (rows, Integers($"{name}.labels").unsqueeze(0));
        }

        var second = Rows("train_batch2.tokens_b", "train_batch2.mask_b");
        var missing = rows.size(1) - second.size(1);
        second = nn.functional.pad(second, [0, 0, 0, missing], value: CsmRows.Off);
        var labels = nn.functional.pad(Integers("train_batch2.labels_b"), [0, 0, 0, missing], value: CsmObjective.Ignored);
        return (cat([rows, second]), stack([Integers("train_full.labels"), labels]));
    }

    private Tensor Rows(string tokens, string mask) => Integers(tokens).masked_fill(Integers(mask).eq(0), CsmRows.Off).unsqueeze(0);

    private Tensor Integers(string name) => _golden.ToTensor(name, ScalarType.Int64);

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();
}
