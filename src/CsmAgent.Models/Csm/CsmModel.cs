using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace CsmAgent.Models.Csm;

/// <summary>
/// The computation of CSM as pure functions over its weights; gradients flow through all of them. Intermediate tensors
/// belong to the caller's dispose scope.
/// </summary>
public static class CsmModel
{
    /// <summary>Embeds rows: the sum of the embeddings of all columns that count.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="rows">int64 [B, S, codebooks + 1], <see cref="CsmRows.Off"/> for a column that does not count; borrowed.</param>
    /// <returns>[B, S, width].</returns>
    public static Tensor Embed(CsmWeights weights, Tensor rows)
    {
        var codebooks = weights.Config.CodebookCount;
        var counts = rows.ne(Constant.Of(CsmRows.Off)).unsqueeze(-1).to(weights.DType); // [B, S, C + 1, 1]
        var ids = rows.clamp(min: Constant.Of(0));
        var audioIds = ids.narrow(2, 0, codebooks) + CodebookOffsets(weights, codebooks);
        var audio = Lookup(weights.AudioTable, audioIds) * counts.narrow(2, 0, codebooks); // [B, S, C, width]
        var text = Lookup(weights.TextTable, ids.select(2, codebooks)) * counts.select(2, codebooks);
        return audio.sum(2) + text;
    }

    /// <summary>The backbone's hidden vectors after its final norm.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="rows">int64 [B, S, codebooks + 1]; borrowed.</param>
    /// <param name="cache">See <see cref="LlamaDecoder.Forward"/>.</param>
    /// <param name="dropout">See <see cref="LlamaDecoder.Forward"/>.</param>
    /// <returns>[B, S, width].</returns>
    public static Tensor Hidden(CsmWeights weights, Tensor rows, KeyValueCache? cache = null, Func<Tensor, Tensor>? dropout = null) =>
        LlamaDecoder.Forward(weights.Backbone, Embed(weights, rows), cache, dropout: dropout);

    /// <summary>Logits of codebook 0 of the frame after each hidden vector.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="hidden">[…, width].</param>
    /// <returns>[…, audio vocabulary].</returns>
    public static Tensor CodebookZeroLogits(CsmWeights weights, Tensor hidden) => linear(hidden, weights.CodebookZeroHead);

    /// <summary>Logits of codebooks 1 and up with the true codes before each (teacher forcing).</summary>
    /// <param name="weights">The model.</param>
    /// <param name="hidden">[N, width]: the backbone's hidden vector before each frame.</param>
    /// <param name="codes">int64 [N, codebooks]: each frame's codes; the last codebook's are not looked at.</param>
    /// <param name="dropout">See <see cref="LlamaDecoder.Forward"/>.</param>
    /// <returns>[N, codebooks − 1, audio vocabulary].</returns>
    public static Tensor DepthLogits(CsmWeights weights, Tensor hidden, Tensor codes, Func<Tensor, Tensor>? dropout = null)
    {
        var last = weights.Config.CodebookCount - 1;
        var output = DepthHidden(weights, hidden, codes.narrow(1, 0, last), dropout).narrow(1, 1, last); // [N, C − 1, depth width]
        return bmm(output.transpose(0, 1), weights.DepthHeads).transpose(0, 1);
    }

    /// <summary>The depth decoder's outputs after its final norm, at position 0 (the hidden vector) and after each code.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="hidden">[N, width].</param>
    /// <param name="codes">int64 [N, K]: codes of codebooks 0 to K − 1.</param>
    /// <param name="dropout">See <see cref="LlamaDecoder.Forward"/>.</param>
    /// <returns>[N, K + 1, depth width].</returns>
    public static Tensor DepthHidden(CsmWeights weights, Tensor hidden, Tensor codes, Func<Tensor, Tensor>? dropout = null)
    {
        var embedded = Lookup(weights.AudioTable, codes + CodebookOffsets(weights, (int)codes.size(1))); // [N, K, width]
        var input = cat([hidden.unsqueeze(1), embedded], dim: 1);
        return LlamaDecoder.Forward(weights.Depth, linear(input, weights.DepthProjection), dropout: dropout);
    }

    /// <summary>One step of the depth decoder: the logits after the code just chosen.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="hidden">[1, 1, width], given with codebook 0 only: the backbone's hidden vector, which takes position 0.</param>
    /// <param name="codebook">Codebook of <paramref name="code"/>; the logits are of the next one.</param>
    /// <param name="code">The code chosen.</param>
    /// <param name="cache">Holds the earlier codebooks of this frame; empty at codebook 0.</param>
    /// <returns>[audio vocabulary].</returns>
    public static Tensor DepthStep(CsmWeights weights, Tensor? hidden, int codebook, int code, KeyValueCache cache)
    {
        var row = (codebook * weights.Config.AudioVocabularySize) + code;
        var embedded = weights.AudioTable.narrow(0, row, 1).unsqueeze(0); // [1, 1, width]
        var input = hidden is null ? embedded : cat([hidden, embedded], dim: 1);
        var output = LlamaDecoder.Forward(weights.Depth, linear(input, weights.DepthProjection), cache);
        return matmul(output.select(1, -1), weights.DepthHeads.select(0, codebook)).view(-1);
    }

    // [rows, width] by int64 [...] to [..., width]
    private static Tensor Lookup(Tensor table, Tensor ids) => table.index_select(0, ids.flatten()).view([.. ids.shape, table.size(1)]);

    // First row of each codebook in the shared table.
    private static Tensor CodebookOffsets(CsmWeights weights, int count) => tensor(
        Enumerable.Range(0, count).Select(codebook => (long)codebook * weights.Config.AudioVocabularySize).ToArray(), device: weights.Device);
}
