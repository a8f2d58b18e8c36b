using CsmAgent.Tensors.Native;
using static TorchSharp.torch;

namespace CsmAgent.Training.Optimization;

/// <summary>Dropout with a generator of its own: the library's draws from one that all threads share, and results would depend on timing.</summary>
internal static class Dropout
{
    /// <summary>Zeroes a share of the elements and scales the others up by as much.</summary>
    /// <param name="x">Any shape; borrowed.</param>
    /// <param name="share">How many, 0 to 1.</param>
    /// <param name="generator">Chooses which.</param>
    public static Tensor Apply(Tensor x, double share, Generator generator)
    {
        using var guard = no_grad();
        var keep = empty(x.shape, ScalarType.Float32).bernoulli_(1 - share, generator).mul_(Constant.Of(1 / (1 - share))).to(x.dtype);
        using var gradients = enable_grad();
        return x * keep;
    }
}
