using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Training.Speech;

/// <summary>The tags of the speakers in a training conversation: a segment's text differs by one id between them.</summary>
public sealed class SpeakerTags
{
    /// <summary>Tags that are dealt out, "[0]" to "[3]".</summary>
    public const int Count = 4;

    /// <summary>Finds the tags in what a tokenizer makes of a segment.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    public SpeakerTags(ITextTokenizer tokenizer)
    {
        var texts = Enumerable.Range(0, Count).Select(speaker => tokenizer.EncodeSegment(speaker, "")).ToArray();
        At = texts[0].Zip(texts[1]).TakeWhile(ids => ids.First == ids.Second).Count();
        Ids = [.. texts.Select(text => (long)text[At])];
    }

    /// <summary>Place of the id in a segment's text, from 0.</summary>
    public int At { get; }

    /// <summary>The ids, by speaker.</summary>
    public IReadOnlyList<long> Ids { get; }

    /// <summary>The tags' embeddings, each of length one.</summary>
    /// <param name="table">[vocabulary, width]: the model's text embeddings; borrowed.</param>
    /// <returns>float32 [<see cref="Count"/>, width]; gradients flow into the table.</returns>
    public Tensor Directions(Tensor table) =>
        F.normalize(table.index_select(0, tensor(Ids.ToArray(), device: table.device)).to(ScalarType.Float32), dim: 1);

    /// <summary>How alike the tags are to the model: the mean square of the cosine between two of their embeddings, 0 to 1.</summary>
    /// <remarks>What all tags have in common, that somebody begins to speak, is learnt at once and made them alike to 0.95. Then nothing can learn to tell
    /// them apart: the gradient of comparing two is as small as the square of their difference.</remarks>
    /// <param name="table">[vocabulary, width]: the model's text embeddings; borrowed.</param>
    /// <returns>Scalar; gradients flow into the table.</returns>
    public Tensor Likeness(Tensor table)
    {
        var tags = Directions(table);
        var between = ones([Count, Count], device: table.device).triu(1);
        return (matmul(tags, tags.t()).square() * between).sum() / Constant.Of(Count * (Count - 1) / 2);
    }
}
