using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Native;
using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>Shows a model where to read: before each frame, the first head of the middle layers should look at the bytes that the frame says.
/// Exists in training only.</summary>
/// <remarks>The loss is −log of the attention that falls on these bytes and their neighbours, as in H. Tachibana et al., "Efficiently trainable
/// text-to-speech system based on deep convolutional networks with guided attention" (2018), with the known alignment in place of the diagonal. A large
/// corpus teaches a model to follow its text; a few hours do not.</remarks>
/// <param name="spoken">int64 [B, S, 2]: <see cref="SpeechBatch.Spoken"/>; borrowed.</param>
/// <param name="layers">The backbone's layers.</param>
public sealed class TextGuide(Tensor spoken, int layers)
{
    // What a letter stands for is known two letters later ("th", "ea"); the alignment may be one off.
    private const int Before = 1;
    private const int After = 2;
    private readonly List<Tensor> _losses = [];
    private readonly (Tensor Queries, Tensor Reachable, Tensor Wanted) _rows = Rows(spoken);

    /// <summary>The head that knows best where the text is read: the last that is guided.</summary>
    /// <param name="layers">The backbone's layers.</param>
    public static AttentionHead Best(int layers) => new(LastLayer(layers), 0);

    /// <summary>Mean over the guided layers and the frames, nats: 0 if all attention is where it should be, or no frame is aligned.</summary>
    public Tensor Loss => _losses.Count > 0 ? stack(_losses).mean() : zeros(1).squeeze();

    /// <summary>Takes in one layer's queries and keys, as <c>LlamaDecoder.Forward</c> shows them.</summary>
    /// <param name="layer">From 0.</param>
    /// <param name="query">[B, heads, S, head width].</param>
    /// <param name="key">[B, key heads, S, head width].</param>
    public void Look(int layer, Tensor query, Tensor key)
    {
        if (_rows.Queries.size(0) == 0 || layer < layers / 3 || layer > LastLayer(layers))
        {
            return;
        }

        var scores = matmul(query.select(1, 0), key.select(1, 0).transpose(1, 2)).to(ScalarType.Float32) * Constant.Of(1 / Math.Sqrt(query.size(3))); // [B, S, S]
        var rows = scores.flatten(0, 1).index_select(0, _rows.Queries); // [N, S]
        _losses.Add((Within(rows, _rows.Reachable) - Within(rows, _rows.Wanted)).mean());
    }

    private static int LastLayer(int layers) => Math.Max(layers - 2, 0);

    // Log of the sum of the exponentials where the mask is true.
    private static Tensor Within(Tensor rows, Tensor mask) => rows.masked_fill(mask.logical_not(), Constant.Of(double.NegativeInfinity)).logsumexp(-1);

    // The row before each frame, and per such row: what it can see, and what it should.
    private static (Tensor Queries, Tensor Reachable, Tensor Wanted) Rows(Tensor spoken)
    {
        var length = spoken.size(1);
        var next = spoken.narrow(1, 1, length - 1); // the frame that row t says stands at t + 1
        var present = next.select(2, 0).ne(Constant.Of(CsmObjective.Ignored)).nonzero(); // [N, 2]: batch, row
        var (batch, row) = (present.select(1, 0), present.select(1, 1));
        var queries = (batch * Constant.Of(length)) + row;
        var columns = arange(length).unsqueeze(0);
        var range = spoken.flatten(0, 1).index_select(0, queries + Constant.Of(1)); // [N, 2]
        var reachable = columns.le(row.unsqueeze(1));
        var wanted = columns.ge(range.narrow(1, 0, 1) - Constant.Of(Before)).logical_and(columns.le(range.narrow(1, 1, 1) + Constant.Of(After))).logical_and(reachable);
        return (queries, reachable, wanted);
    }
}
