using CsmAgent.Models.Csm;
using CsmAgent.Tensors.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Training.Speech;

/// <summary>CSM's loss: mean cross-entropy of codebook 0 plus mean cross-entropy of the other codebooks, as published unweighted.</summary>
/// <remarks>The backbone's hidden vector at row t − 1 predicts code 0 of row t and opens the depth decoder's sequence for
/// row t. Rows whose labels are −100 in the first column take no part; rows that keep code 0 and are −100 beyond it are
/// left out by amortisation and cost no depth decoder.</remarks>
public static class CsmObjective
{
    /// <summary>Marks a label that has no loss.</summary>
    public const int Ignored = -100;

    /// <summary>The loss of a batch.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="rows">int64 [B, S, codebooks + 1], <see cref="CsmRows.Off"/> for columns that do not count; borrowed.</param>
    /// <param name="labels">int64 [B, S, codebooks], <see cref="Ignored"/> where there is no loss; borrowed. The depth decoder is
    /// teacher-forced with them, so that corrupted input rows do not corrupt what follows within a frame.</param>
    /// <param name="dropout">Applied to what each of the backbone's sub-blocks adds; null for none. The depth decoder
    /// has none: with a corpus of hours its held-out loss lies within 0.1 nat of its training loss.</param>
    /// <param name="attending">Shown the backbone's queries and keys (<see cref="CsmModel.Hidden"/>); may be null.</param>
    /// <param name="depthDecay">Weight of each codebook after codebook 1 as a share of the one before, above 0; 1 is the published mean.
    /// The first of them carry the words, the last mostly noise that nobody can predict.</param>
    /// <param name="afterLayer">Shown the backbone's residual stream (<see cref="CsmModel.Hidden"/>); may be null.</param>
    public static CsmLoss Compute(
        CsmWeights weights, Tensor rows, Tensor labels, Func<Tensor, Tensor>? dropout = null, Action<int, Tensor, Tensor>? attending = null, double depthDecay = 1,
        Action<int, Tensor>? afterLayer = null)
    {
        var length = rows.size(1);
        var hidden = CsmModel.Hidden(weights, rows, dropout, attending, afterLayer).narrow(1, 0, length - 1).flatten(0, 1); // [B (S − 1), width]
        var wanted = labels.narrow(1, 1, length - 1).flatten(0, 1); // [B (S − 1), C]

        var first = wanted.select(1, 0);
        var frames = first.ne(Constant.Of(Ignored)).nonzero().flatten();
        var before = hidden.index_select(0, frames);
        var backboneLogits = CsmModel.CodebookZeroLogits(weights, before);
        var firstCodes = first.index_select(0, frames);
        var backbone = F.cross_entropy(backboneLogits.to(ScalarType.Float32), firstCodes);

        var deep = wanted.select(1, 1).ne(Constant.Of(Ignored)).nonzero().flatten();
        var codes = wanted.index_select(0, deep); // [N, C]
        var depthLogits = CsmModel.DepthLogits(weights, hidden.index_select(0, deep), codes);
        var others = codes.narrow(1, 1, codes.size(1) - 1);
        var each = F.cross_entropy(depthLogits.to(ScalarType.Float32).flatten(0, 1), others.flatten(), reduction: nn.Reduction.None).view(others.shape).mean([0]);
        var learnt = (each * Shares((int)each.size(0), depthDecay)).sum();
        return new(backbone + learnt, backbone, each.mean(), before, backboneLogits, firstCodes, frames.size(0), deep.size(0));
    }

    private static Tensor Shares(int codebooks, double decay)
    {
        var weights = Enumerable.Range(0, codebooks).Select(k => Math.Pow(decay, k)).ToArray();
        return tensor([.. weights.Select(weight => (float)(weight / weights.Sum()))]);
    }
}
