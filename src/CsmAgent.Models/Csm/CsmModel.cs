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
    public static Tensor Embed(CsmWeights weights, Tensor rows) => Embed(weights.Config, weights.TextTable, weights.AudioTable, rows);

    /// <summary>The backbone's hidden vectors after its final norm.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="rows">int64 [B, S, codebooks + 1]; borrowed.</param>
    /// <param name="dropout">See <see cref="LlamaDecoder.Forward"/>.</param>
    /// <param name="attending">See <see cref="LlamaDecoder.Forward"/>.</param>
    /// <param name="afterLayer">See <see cref="LlamaDecoder.Forward"/>.</param>
    /// <returns>[B, S, width].</returns>
    public static Tensor Hidden(
        CsmWeights weights, Tensor rows, Func<Tensor, Tensor>? dropout = null, Action<int, Tensor, Tensor>? attending = null, Action<int, Tensor>? afterLayer = null) =>
        LlamaDecoder.Forward(weights.Backbone, Embed(weights, rows), afterLayer, dropout, attending);

    /// <summary>Logits of codebook 0 of the frame after each hidden vector.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="hidden">[…, width].</param>
    /// <returns>[…, audio vocabulary].</returns>
    public static Tensor CodebookZeroLogits(CsmWeights weights, Tensor hidden) => linear(hidden, weights.CodebookZeroHead);

    /// <summary>Logits of codebooks 1 and up with the true codes before each (teacher forcing).</summary>
    /// <param name="weights">The model.</param>
    /// <param name="hidden">[N, width]: the backbone's hidden vector before each frame.</param>
    /// <param name="codes">int64 [N, codebooks]: each frame's codes; the last codebook's are not looked at.</param>
    /// <returns>[N, codebooks − 1, audio vocabulary].</returns>
    public static Tensor DepthLogits(CsmWeights weights, Tensor hidden, Tensor codes)
    {
        var last = weights.Config.CodebookCount - 1;
        var output = DepthHidden(weights, hidden, codes.narrow(1, 0, last)).narrow(1, 1, last); // [N, C − 1, depth width]
        return bmm(output.transpose(0, 1), weights.DepthHeads).transpose(0, 1);
    }

    /// <summary>The depth decoder's outputs after its final norm, at position 0 (the hidden vector) and after each code.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="hidden">[N, width].</param>
    /// <param name="codes">int64 [N, K]: codes of codebooks 0 to K − 1.</param>
    /// <returns>[N, K + 1, depth width].</returns>
    public static Tensor DepthHidden(CsmWeights weights, Tensor hidden, Tensor codes)
    {
        var embedded = Lookup(weights.AudioTable, codes + CodebookOffsets(weights.Config, (int)codes.size(1), weights.Device)); // [N, K, width]
        var input = cat([hidden.unsqueeze(1), embedded], dim: 1);
        return LlamaDecoder.Forward(weights.Depth, linear(input, weights.DepthProjection));
    }

    internal static Tensor Embed(CsmConfig config, Tensor textTable, Tensor audioTable, Tensor rows)
    {
        var codebooks = config.CodebookCount;
        var counts = rows.ne(Constant.Of(CsmRows.Off)).unsqueeze(-1).to(textTable.dtype); // [B, S, C + 1, 1]
        var ids = rows.clamp(min: Constant.Of(0));
        var audioIds = ids.narrow(2, 0, codebooks) + CodebookOffsets(config, codebooks, audioTable.device);
        var audio = Lookup(audioTable, audioIds) * counts.narrow(2, 0, codebooks); // [B, S, C, width]
        var text = Lookup(textTable, ids.select(2, codebooks)) * counts.select(2, codebooks);
        return audio.sum(2) + text;
    }

    // [rows, width] by int64 [...] to [..., width]
    private static Tensor Lookup(Tensor table, Tensor ids) => table.index_select(0, ids.flatten()).view([.. ids.shape, table.size(1)]);

    // First row of each codebook in the shared table.
    private static Tensor CodebookOffsets(CsmConfig config, int count, Device device) => tensor(
        Enumerable.Range(0, count).Select(codebook => (long)codebook * config.AudioVocabularySize).ToArray(), device: device);
}
