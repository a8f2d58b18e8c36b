using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Native;
using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>Shows a model where to look before each frame: one head of some layers is rewarded for the attention that falls there.
/// Exists in training only.</summary>
/// <remarks>The loss is −log of the attention on the wanted rows, as in H. Tachibana et al., "Efficiently trainable text-to-speech system based
/// on deep convolutional networks with guided attention" (2018), with what is known in place of the diagonal. A large corpus teaches a model to
/// follow its text and to keep its voice; a few hours do not.</remarks>
public sealed class AttentionGuide
{
    private const int ReadingHead = 0;
    private const int VoiceHead = 1;
    private const int TagHead = 2;

    // What a letter stands for is known two letters later ("th", "ea"); the alignment may be one off.
    private const int LettersBefore = 1;
    private const int LettersAfter = 2;
    private readonly int _head;
    private readonly int _firstLayer;
    private readonly int _lastLayer;
    private readonly Tensor _queries; // int64 [N]: flat indices of the rows before the frames
    private readonly Tensor _reachable; // bool [N, S]
    private readonly Tensor _wanted; // bool [N, S]
    private readonly List<Tensor> _losses = [];

    private AttentionGuide(int head, int firstLayer, int lastLayer, (Tensor Queries, Tensor Reachable, Tensor Wanted) rows) =>
        (_head, _firstLayer, _lastLayer, (_queries, _reachable, _wanted)) = (head, firstLayer, lastLayer, rows);

    /// <summary>Mean over the guided layers and the frames, nats: 0 if all attention is where it should be, or there is nothing to look at.</summary>
    public Tensor Loss => _losses.Count > 0 ? stack(_losses).mean() : zeros(1).squeeze();

    /// <summary>The head that knows best where the text is read: the last that is guided.</summary>
    /// <param name="layers">The backbone's layers.</param>
    public static AttentionHead BestReader(int layers) => new(LastLayer(layers), ReadingHead);

    /// <summary>The first head of the middle layers should look at the bytes that the next frame says.</summary>
    /// <param name="spoken">int64 [B, S, 2]: <see cref="SpeechBatch.Spoken"/>; borrowed.</param>
    /// <param name="layers">The backbone's layers.</param>
    public static AttentionGuide ToLetters(Tensor spoken, int layers) =>
        new(ReadingHead, layers / 3, LastLayer(layers), Rows(spoken, (next, columns, _) => columns.ge(next.narrow(1, 0, 1) - Constant.Of(LettersBefore))
            .logical_and(columns.le(next.narrow(1, 1, 1) + Constant.Of(LettersAfter)))));

    /// <summary>The second head of the last two of the middle layers should look at what the speaker of the next frame said in turns before.</summary>
    /// <param name="turns">int64 [B, S, 3]: <see cref="SpeechBatch.Turns"/>; borrowed.</param>
    /// <param name="layers">The backbone's layers.</param>
    public static AttentionGuide ToVoice(Tensor turns, int layers)
    {
        var (speakers, numbers) = (turns.select(2, 0), turns.select(2, 1)); // [B, S]
        return new(VoiceHead, Math.Max(LastLayer(layers) - 1, 0), LastLayer(layers), Rows(turns, (next, _, batch) =>
            speakers.index_select(0, batch).eq(next.narrow(1, 0, 1)).logical_and(numbers.index_select(0, batch).lt(next.narrow(1, 1, 1)))));
    }

    /// <summary>The third head of the last layer below the middle ones should look at the tag of the next frame's turn: only a frame that knows its tag
    /// can be found by it. Without this guide a model found its own voice again by its sound alone, and with two voices heard and none yet begun it took
    /// either.</summary>
    /// <param name="turns">int64 [B, S, 3]: <see cref="SpeechBatch.Turns"/>; borrowed.</param>
    /// <param name="layers">The backbone's layers.</param>
    public static AttentionGuide ToTag(Tensor turns, int layers)
    {
        var layer = TagGuide.LayerOf(layers);
        return new(TagHead, layer, layer, Rows(turns, (next, columns, _) => columns.eq(next.narrow(1, 2, 1))));
    }

    /// <summary>Takes in one layer's queries and keys, as <c>LlamaDecoder.Forward</c> shows them.</summary>
    /// <param name="layer">From 0.</param>
    /// <param name="query">[B, heads, S, head width].</param>
    /// <param name="key">[B, key heads, S, head width].</param>
    public void Look(int layer, Tensor query, Tensor key)
    {
        if (_queries.size(0) == 0 || layer < _firstLayer || layer > _lastLayer)
        {
            return;
        }

        var keyHead = _head * key.size(1) / query.size(1);
        var scores = matmul(query.select(1, _head), key.select(1, keyHead).transpose(1, 2)).to(ScalarType.Float32) * Constant.Of(1 / Math.Sqrt(query.size(3))); // [B, S, S]
        var rows = scores.flatten(0, 1).index_select(0, _queries); // [N, S]
        _losses.Add((Within(rows, _reachable) - Within(rows, _wanted)).mean());
    }

    private static int LastLayer(int layers) => Math.Max(layers - 2, 0);

    // Log of the sum of the exponentials where the mask is true.
    private static Tensor Within(Tensor rows, Tensor mask) => rows.masked_fill(mask.logical_not(), Constant.Of(double.NegativeInfinity)).logsumexp(-1);

    // The row before each frame of [B, S, …], and per such row what it can see and what it should; rows that can see nothing of it are left out.
    private static (Tensor Queries, Tensor Reachable, Tensor Wanted) Rows(Tensor frames, Func<Tensor, Tensor, Tensor, Tensor> wanted)
    {
        var length = frames.size(1);
        var next = frames.narrow(1, 1, length - 1); // the frame that row t says stands at t + 1
        var present = next.select(2, 0).ne(Constant.Of(CsmObjective.Ignored)).nonzero(); // [N, 2]: batch, row
        var (batch, row) = (present.select(1, 0), present.select(1, 1));
        var queries = (batch * Constant.Of(length)) + row;
        var columns = arange(length).unsqueeze(0);
        var reachable = columns.le(row.unsqueeze(1));
        var seen = wanted(frames.flatten(0, 1).index_select(0, queries + Constant.Of(1)), columns, batch).logical_and(reachable);
        var some = seen.any(1).nonzero().flatten();
        return (queries.index_select(0, some), reachable.index_select(0, some), seen.index_select(0, some));
    }
}
