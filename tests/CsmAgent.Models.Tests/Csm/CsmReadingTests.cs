using CsmAgent.Models.Csm;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Models.Llama;
using CsmAgent.Models.Tests.Csm.Packed;
using CsmAgent.Tensors.Packing;
using CsmAgent.TestSupport;
using static TorchSharp.torch;

namespace CsmAgent.Models.Tests.Csm;

/// <summary>Where a session reads, against the attention as the decoder's own words define it.</summary>
[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class CsmReadingTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    public void It_is_the_mean_row_weighted_with_the_heads_attention(int layer, int head)
    {
        using var models = new Models(new(layer, head));
        var rows = TinyCsm.Rows("b");
        var count = rows.Length / TinyCsm.Config.ColumnCount;
        var (first, last) = (count / 3, count - 2);

        var expected = models.Expected(rows, layer, head, first, last);

        foreach (var session in models.Sessions())
        {
            session.Append(rows);
            Assert.Equal(expected, session.Reading(first, last)!.Value, 1e-3);
            using var fork = session.Fork();
            Assert.Equal(expected, fork.Reading(first, last)!.Value, 1e-3);
            Assert.Equal(first, session.Reading(first, first)!.Value, 1e-6);

            Assert.Throws<ArgumentOutOfRangeException>(() => session.Reading(first, count));
            Assert.Throws<ArgumentOutOfRangeException>(() => session.Reading(last, first));
            session.RollBackTo(count - 1);
            Assert.Null(session.Reading(first, last));
        }
    }

    [Fact]
    public void Rows_one_by_one_read_as_all_at_once()
    {
        using var models = new Models(new(1, 1));
        var rows = TinyCsm.Rows("b");
        var columns = TinyCsm.Config.ColumnCount;
        foreach (var (whole, pieces) in models.Sessions().Zip(models.Sessions()))
        {
            whole.Append(rows);
            for (var row = 0; row < rows.Length; row += columns)
            {
                pieces.Append(rows.AsSpan(row, columns));
            }

            Assert.Equal(whole.Reading(0, whole.Position - 1)!.Value, pieces.Reading(0, pieces.Position - 1)!.Value, 1e-3);
        }
    }

    [Fact]
    public void A_model_without_such_a_head_does_not_say()
    {
        using var models = new Models(null);
        foreach (var session in models.Sessions())
        {
            session.Append(TinyCsm.Rows("b"));
            Assert.Null(session.Reading(0, 1));
        }
    }

    /// <summary>csm-tiny on both engines, with a head named as the one that reads.</summary>
    private sealed class Models : IDisposable
    {
        private readonly PackedCsmWeights _weights;
        private readonly PackedCsmModel _packed;
        private readonly TorchCsmModel _torch;
        private readonly List<ICsmSession> _sessions = [];

        public Models(AttentionHead? head)
        {
            using var checkpoint = CsmCheckpoint.Open(Fixtures.Path("csm-tiny", "model.safetensors"), TinyCsm.Config with { AlignmentHead = head });
            _weights = PackedCsmWeights.Pack(new CheckpointParameters(checkpoint), CsmPacking.For(WeightFormat.Float32));
            _packed = new PackedCsmModel(_weights, 2);
            _torch = TorchCsmModel.Load(new CheckpointParameters(checkpoint));
        }

        public ICsmSession[] Sessions()
        {
            ICsmSession[] opened = [_packed.OpenSession(), _torch.OpenSession()];
            _sessions.AddRange(opened);
            return opened;
        }

        public double Expected(int[] rows, int layer, int head, int first, int last)
        {
            using var mode = inference_mode();
            using var scope = NewDisposeScope();
            using var checkpoint = CsmCheckpoint.Open(Fixtures.Path("csm-tiny", "model.safetensors"), TinyCsm.Config);
            using var weights = CsmWeights.Load(checkpoint);
            var mean = double.NaN;
            var cells = tensor(Array.ConvertAll(rows, cell => (long)cell), [1, rows.Length / TinyCsm.Config.ColumnCount, TinyCsm.Config.ColumnCount]);
            CsmModel.Hidden(weights, cells, attending: (at, query, key) =>
            {
                if (at == layer)
                {
                    var keyHead = head * TinyCsm.Config.Backbone.KeyValueHeadCount / TinyCsm.Config.Backbone.HeadCount;
                    var scores = matmul(key[0, keyHead], query[0, head, -1]) / Math.Sqrt(TinyCsm.Config.Backbone.HeadWidth);
                    var attention = nn.functional.softmax(scores.narrow(0, first, last - first + 1), 0);
                    mean = (attention * arange(first, last + 1)).sum().item<float>();
                }
            });
            return mean;
        }

        public void Dispose()
        {
            _sessions.ForEach(session => session.Dispose());
            _packed.Dispose();
            _weights.Dispose();
            _torch.Dispose();
        }
    }
}
