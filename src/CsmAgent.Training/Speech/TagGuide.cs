using CsmAgent.Tensors.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Training.Speech;

/// <summary>Lets every frame carry the tag of its turn: from one layer on, its vector should say which of the tags it belongs to. Exists in training
/// only.</summary>
/// <remarks>The tags' own embeddings are the classifier, so that it costs no parameters. <see cref="AttentionGuide.ToVoice"/> compares what two frames carry,
/// and learns nothing from what is carried too faintly.</remarks>
/// <param name="tags">The tags.</param>
/// <param name="turns">int64 [B, S, 3]: <see cref="SpeechBatch.Turns"/>; borrowed.</param>
/// <param name="table">[vocabulary, width]: the model's text embeddings; borrowed.</param>
/// <param name="layers">The backbone's layers; the last of its first third is guided.</param>
public sealed class TagGuide(SpeakerTags tags, Tensor turns, Tensor table, int layers)
{
    // Cosines decide, not lengths: the loss of a vector's length has no bound, and drove all else out of a model that began anew. Two fifths of a vector
    // are then enough to say its tag.
    private const double Sharpness = 10;
    private readonly int _layer = LayerOf(layers);

    /// <summary>Mean cross-entropy of the tag over the frames, nats.</summary>
    public Tensor Loss { get; private set; } = zeros(1).squeeze();

    /// <summary>The layer after which a frame should know its tag: the last below the middle ones.</summary>
    /// <param name="layers">The backbone's layers.</param>
    internal static int LayerOf(int layers) => Math.Max((layers / 3) - 1, 0);

    /// <summary>Takes in the residual stream, as <c>LlamaDecoder.Forward</c> shows it.</summary>
    /// <param name="layer">From 0.</param>
    /// <param name="residual">[B, S, width].</param>
    public void Look(int layer, Tensor residual)
    {
        if (layer != _layer)
        {
            return;
        }

        var length = turns.size(1);
        var wanted = turns.narrow(1, 1, length - 1).select(2, 0).flatten(); // [B (S − 1)]: of the frame after each row
        var present = wanted.ne(Constant.Of(CsmObjective.Ignored)).nonzero().flatten();
        if (present.size(0) == 0)
        {
            return;
        }

        var vectors = residual.narrow(1, 0, length - 1).flatten(0, 1).index_select(0, present).to(ScalarType.Float32);
        var cosines = matmul(F.normalize(vectors, dim: 1), tags.Directions(table).t());
        Loss = F.cross_entropy(cosines * Constant.Of(Sharpness), wanted.index_select(0, present));
    }
}
