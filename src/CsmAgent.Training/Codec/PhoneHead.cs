using CsmAgent.Training.Corpus;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Training.Codec;

/// <summary>Predicts the four phones of a frame from its semantic vector alone, which gives codebook 0 its meaning.
/// Exists in training only.</summary>
public static class PhoneHead
{
    private const int Inner = 256;

    /// <summary>Fresh weights under the names <see cref="Logits"/> expects.</summary>
    /// <param name="width">Width of a codebook vector.</param>
    /// <param name="phones">Number of labels.</param>
    /// <param name="seed">Chooses the numbers.</param>
    public static IEnumerable<(string Name, Tensor Value)> Initial(int width, int phones, int seed) =>
    [
        ("phone_head.inner.weight", Normal(seed, Inner, width)),
        ("phone_head.inner.bias", zeros(Inner)),
        ("phone_head.outer.weight", Normal(seed + 1, PhoneRuns.LabelsPerFrame * phones, Inner)),
        ("phone_head.outer.bias", zeros(PhoneRuns.LabelsPerFrame * phones)),
    ];

    /// <summary>Scores of every label at every 20 ms.</summary>
    /// <param name="semantic">(B, d, T) semantic vectors; borrowed.</param>
    /// <param name="tensors">Weights by name.</param>
    /// <returns>(B, phones, 4 T).</returns>
    public static Tensor Logits(Tensor semantic, IReadOnlyDictionary<string, Tensor> tensors)
    {
        var inner = F.gelu(F.linear(semantic.transpose(1, 2), tensors["phone_head.inner.weight"], tensors["phone_head.inner.bias"]));
        var outer = F.linear(inner, tensors["phone_head.outer.weight"], tensors["phone_head.outer.bias"]); // [B, T, 4 P]
        return outer.view(outer.size(0), outer.size(1) * PhoneRuns.LabelsPerFrame, -1).transpose(1, 2);
    }

    private static Tensor Normal(int seed, int rows, int columns)
    {
        var random = new Random(seed);
        var scale = Math.Sqrt(1.0 / columns);
        var values = new float[rows * columns];
        for (var i = 0; i < values.Length; i++)
        {
            // Sum of uniforms: near enough to normal, and the same on every machine.
            var sum = -6.0;
            for (var k = 0; k < 12; k++)
            {
                sum += random.NextDouble();
            }

            values[i] = (float)(sum * scale);
        }

        return tensor(values, [rows, columns]);
    }
}
