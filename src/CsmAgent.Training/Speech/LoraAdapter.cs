using CsmAgent.Models.Csm;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>Low-rank fine-tuning: every projection W becomes W + B·A · 2, and only A and B are trained.</summary>
/// <param name="rank">Rows of A.</param>
public sealed class LoraAdapter(int rank)
{
    private static readonly Scalar Scale = 2.0;
    private static readonly string[] Adapted = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

    /// <summary>Fresh A and B; B is zero, so that training starts at the base model.</summary>
    /// <param name="config">The base model's shape.</param>
    /// <param name="seed">Chooses A.</param>
    public IEnumerable<(string Name, Tensor Value)> Initial(CsmConfig config, int seed)
    {
        using var generator = new Generator((ulong)seed);
        foreach (var (name, shape) in CsmTensorNames.Shapes(config).Where(entry => Applies(entry.Key)))
        {
            using Scalar gain = 1 / Math.Sqrt(shape[1]);
            yield return (name + ".a", randn([rank, shape[1]], generator: generator).mul_(gain));
            yield return (name + ".b", zeros(shape[0], rank));
        }
    }

    /// <summary>A tensor of the adapted model.</summary>
    /// <param name="name">Its name in the base model.</param>
    /// <param name="original">The base model's tensor; borrowed.</param>
    /// <param name="trained">A and B by name; borrowed.</param>
    public static Tensor Merge(string name, Tensor original, IReadOnlyDictionary<string, Tensor> trained) => Applies(name)
        ? original + (trained[name + ".b"].matmul(trained[name + ".a"]) * Scale).to(original.dtype)
        : original.alias();

    private static bool Applies(string name) => Array.Exists(Adapted, part => name.EndsWith(part + ".weight", StringComparison.Ordinal));
}
