using CsmAgent.Tensors.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Models.Mimi;

/// <summary>Mimi's split residual vector quantiser: codebook 0 and the acoustic codebooks each see the whole latent.</summary>
public static class MimiQuantizer
{
    /// <summary>The nearest entry of every codebook.</summary>
    /// <param name="latent">(B, D, T) at 12.5 Hz; borrowed.</param>
    /// <param name="weights">The codec.</param>
    /// <param name="codebooks">How many codebooks to fill, from 1.</param>
    /// <param name="choose">Chooses entries (…) of a codebook (entries, d) for vectors (…, d); null takes the nearest. Whatever it chooses,
    /// the next codebook is given what is left of the vector.</param>
    /// <returns>(B, codebooks, T), int64; row 0 semantic.</returns>
    public static Tensor Encode(Tensor latent, MimiWeights weights, int codebooks, Func<Tensor, Tensor, Tensor>? choose = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(codebooks, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(codebooks, weights.Codebooks.Count);
        choose ??= Nearest;
        var codes = new List<Tensor> { choose(Project(latent, weights.SemanticIn), weights.Codebooks[0]) };
        if (codebooks > 1)
        {
            var residual = Project(latent, weights.AcousticIn); // [B, T, d]
            for (var k = 1; k < codebooks; k++)
            {
                var code = choose(residual, weights.Codebooks[k]);
                codes.Add(code);
                residual = residual - Lookup(code, weights.Codebooks[k]);
            }
        }

        return stack(codes, 1);
    }

    /// <summary>The latent that codes stand for.</summary>
    /// <param name="codes">(B, K, T), int64, K from 1 to the codec's codebooks; borrowed. Values index the codebooks.</param>
    /// <param name="weights">The codec.</param>
    /// <returns>(B, D, T).</returns>
    public static Tensor Decode(Tensor codes, MimiWeights weights)
    {
        var latent = F.conv1d(Vectors(codes, weights, 0, 1), weights.SemanticOut);
        return codes.size(1) == 1
            ? latent
            : latent + F.conv1d(Vectors(codes, weights, 1, (int)codes.size(1)), weights.AcousticOut);
    }

    /// <summary>The index of the nearest vector, the first of equals.</summary>
    /// <param name="x">(…, d); borrowed.</param>
    /// <param name="codebook">(entries, d); borrowed.</param>
    /// <returns>(…), int64.</returns>
    public static Tensor Nearest(Tensor x, Tensor codebook)
    {
        // |x − c|² without the term that all entries share.
        var half = codebook.square().sum(-1) * Constant.Of(0.5);
        return (half - x.matmul(codebook.t())).argmin(-1);
    }

    // (entries, d) rows for any shape of int64 indices.
    private static Tensor Lookup(Tensor codes, Tensor codebook) =>
        codebook.index_select(0, codes.reshape(-1)).view([.. codes.shape, codebook.size(1)]);

    private static Tensor Project(Tensor latent, Tensor projection) => F.conv1d(latent, projection).transpose(1, 2);

    private static Tensor Vectors(Tensor codes, MimiWeights weights, int from, int to)
    {
        var sum = Lookup(codes.select(1, from), weights.Codebooks[from]);
        for (var k = from + 1; k < to; k++)
        {
            sum = sum + Lookup(codes.select(1, k), weights.Codebooks[k]);
        }

        return sum.transpose(1, 2); // [B, d, T]
    }
}
