using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.TestSupport;
using static TorchSharp.torch;

namespace CsmAgent.Models.Tests.Mimi;

/// <summary>The tiny codec and what the reference implementations made of its input.</summary>
internal sealed class MimiGoldens : IDisposable
{
    private readonly Checkpoint _golden;

    public MimiGoldens(string weights = "model.safetensors", string config = "config.json", string golden = "golden.safetensors")
    {
        using var checkpoint = Checkpoint.Open(Fixtures.Path("mimi-tiny", weights));
        Weights = MimiCheckpoint.Load(checkpoint, MimiConfig.Load(Fixtures.Path("mimi-tiny", config)));
        _golden = Checkpoint.Open(Fixtures.Path("mimi-tiny", golden));
    }

    public MimiWeights Weights { get; }

    public Tensor this[string name] => _golden.ToTensor(name);

    public Tensor Codes(string name) => _golden.ToTensor(name, ScalarType.Int64);

    public void AssertClose(string name, Tensor actual, double tolerance)
    {
        using var expected = this[name];
        Assert.Equal(expected.shape, actual.shape);
        var difference = (expected - actual).abs().max().item<float>();
        Assert.True(difference <= tolerance, $"{name}: largest difference {difference:g3} is above {tolerance:g3}");
    }

    public void AssertEqual(string name, Tensor actual)
    {
        using var expected = Codes(name);
        Assert.Equal(expected.shape, actual.shape);
        Assert.Equal(0, expected.ne(actual).sum().item<long>());
    }

    public void Dispose()
    {
        Weights.Dispose();
        _golden.Dispose();
    }
}
