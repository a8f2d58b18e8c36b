using CsmAgent.Models.Mimi;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Weights of a codec that has learnt nothing: every convolution passes its input's level on.</summary>
public static class FreshCodec
{
    private const float LayerScale = 0.01f;

    /// <summary>Makes all tensors of a configuration.</summary>
    /// <param name="config">The codec's shape.</param>
    /// <param name="seed">Chooses the numbers.</param>
    /// <returns>Parameters and codebooks under canonical names; the caller owns them.</returns>
    public static Dictionary<string, Tensor> Create(MimiConfig config, int seed)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, shape) in MimiTensorNames.Parameters(config).Concat(MimiTensorNames.Codebooks(config)))
        {
            tensors[name] = Initial(name, shape, config, generator).DetachFromDisposeScope();
        }

        return tensors;
    }

    private static Tensor Initial(string name, long[] shape, MimiConfig config, Generator generator)
    {
        if (name.EndsWith("layer_scale.scale", StringComparison.Ordinal))
        {
            return full(shape, LayerScale);
        }

        if (name.EndsWith("cluster_usage", StringComparison.Ordinal) || name.EndsWith("initialized", StringComparison.Ordinal)
            || name.EndsWith("layernorm.weight", StringComparison.Ordinal))
        {
            return ones(shape);
        }

        if (name.EndsWith(".bias", StringComparison.Ordinal))
        {
            return zeros(shape);
        }

        return randn(shape, generator: generator) * (1 / Math.Sqrt(FanIn(name, shape, config)));
    }

    // Inputs that one output sums. The default initialisation of libraries is far too small for so deep a stack.
    private static double FanIn(string name, long[] shape, MimiConfig config)
    {
        if (shape.Length < 3)
        {
            return name.EndsWith("embed_sum", StringComparison.Ordinal) ? 1 : shape[^1];
        }

        // Kernels of transposed convolutions are twice their stride: two taps meet in each output.
        if (name == "upsample.conv.weight")
        {
            return 2.0 * config.HiddenSize / config.UpsampleGroups;
        }

        return IsTransposed(name, shape, config) ? 2.0 * shape[0] : shape[1] * shape[2];
    }

    /// <summary>Whether a convolution's weight lies as (in, out, kernel) instead of (out, in, kernel).</summary>
    internal static bool IsTransposed(string name, long[] shape, MimiConfig config) =>
        name.StartsWith("decoder.", StringComparison.Ordinal) && shape.Length == 3 && shape[0] == 2 * shape[1] && shape[2] > config.KeySizeLimit();

    // Residual and outer kernels are odd and short; transposed kernels are twice a ratio.
    private static int KeySizeLimit(this MimiConfig config) => Math.Min(7, config.UpsamplingRatios.Min() * 2) - 1;
}
