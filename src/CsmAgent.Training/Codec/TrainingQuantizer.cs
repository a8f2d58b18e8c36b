using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Training.Codec;

/// <summary>Residual vector quantisation under training: straight-through gradient, commitment, quantiser dropout.</summary>
public static class TrainingQuantizer
{
    /// <summary>Quantises a latent as the codec does: by codebook 0, and beside it by the acoustic ones.</summary>
    /// <param name="latent">(B, D, T); borrowed.</param>
    /// <param name="weights">The codec.</param>
    /// <param name="active">(B): acoustic levels to use per crop, or null for all.</param>
    /// <returns>Both parts, and what the acoustic one was before.</returns>
    public static (Quantized Semantic, Quantized Acoustic, Tensor Plain) Split(Tensor latent, MimiWeights weights, Tensor? active)
    {
        var plain = F.conv1d(latent, weights.AcousticIn);
        return (Run(F.conv1d(latent, weights.SemanticIn), [weights.Codebooks[0]], null), Run(plain, [.. weights.Codebooks.Skip(1)], active), plain);
    }

    /// <summary>Quantises level by level.</summary>
    /// <param name="x">(B, d, T); borrowed.</param>
    /// <param name="codebooks">(entries, d) of each level; borrowed.</param>
    /// <param name="active">(B): levels to use per crop, or null for all.</param>
    public static Quantized Run(Tensor x, IReadOnlyList<Tensor> codebooks, Tensor? active)
    {
        var (batch, width, time) = (x.size(0), x.size(1), x.size(2));
        var residual = x.transpose(1, 2).reshape(-1, width); // [B T, d]
        var sum = zeros_like(residual).detach();
        var commitment = zeros(1).squeeze();
        var choices = new List<(Tensor, Tensor)>();
        for (var level = 0; level < codebooks.Count; level++)
        {
            Tensor vectors, chosen, nearest, on;
            using (no_grad())
            {
                vectors = residual.detach();
                chosen = MimiQuantizer.Nearest(vectors, codebooks[level]);
                nearest = codebooks[level].index_select(0, chosen);
                on = active is null
                    ? ones(batch * time, 1)
                    : active.gt(Constant.Of(level)).to(ScalarType.Float32).unsqueeze(1).expand(batch, time).reshape(-1, 1);
                sum = sum + (nearest * on);
            }

            commitment = commitment + ((residual - nearest).square().mean([1], true) * on).mean();
            residual = residual - nearest;
            choices.Add((vectors, chosen));
        }

        var value = sum.view(batch, time, width).transpose(1, 2);
        return new(x + (value - x).detach(), commitment, choices);
    }
}
