using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>Fills a packed model from its parameters, one tensor at a time, so that little memory is needed beside the result.</summary>
/// <remarks>That little is native and goes when packing ends: arrays of this size would stay with the garbage collector.</remarks>
internal sealed class CsmPacker(ICsmParameters parameters, PackedCsmWeights weights) : IDisposable
{
    private const int TableRowsAtOnce = 4096;
    private readonly CsmConfig _config = parameters.Config;
    private CancellationToken _cancellation;
    private NativeBuffer _values = new(0);

    public void Run(CancellationToken cancellationToken)
    {
        _cancellation = cancellationToken;
        PackDecoder("backbone", CsmTensorNames.BackbonePrefix, _config.Backbone);
        PackDecoder("depth", CsmTensorNames.DepthPrefix, _config.Depth);
        PackMatrix(PackedCsmLayout.Projection, CsmTensorNames.DepthProjection, _config.Depth.Width, _config.Backbone.Width);
        PackMatrix(PackedCsmLayout.Head(0), CsmTensorNames.CodebookZeroHead, _config.AudioVocabularySize, _config.Backbone.Width);
        PackDepthHeads();
        PackTable(PackedCsmLayout.AudioTable, CsmTensorNames.AudioTable);
        PackTable(PackedCsmLayout.TextTable, CsmTensorNames.TextTable);
    }

    public void Dispose() => _values.Dispose();

    private void PackDecoder(string name, string prefix, LlamaConfig config)
    {
        var inner = PackedDecoder.InnerWidth(config);
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            string Named(string tensor) => $"{prefix}layers.{layer}.{tensor}.weight";
            string Part(string part) => PackedCsmLayout.Layer(name, layer, part);
            PackVector(Part("attention norm"), Named("input_layernorm"));
            PackVector(Part("feed-forward norm"), Named("post_attention_layernorm"));

            var (query, key) = (config.QueryWidth, config.KeyValueWidth);
            PackRows(Part("qkv"), Named("self_attn.q_proj"), query, config.Width, row => row);
            PackRows(Part("qkv"), Named("self_attn.k_proj"), key, config.Width, row => query + row);
            PackRows(Part("qkv"), Named("self_attn.v_proj"), key, config.Width, row => query + key + row);
            PackMatrix(Part("output"), Named("self_attn.o_proj"), config.Width, query);
            PackRows(Part("gate-up"), Named("mlp.gate_proj"), config.FeedForwardWidth, config.Width, row => (row / 16 * 32) + (row % 16));
            PackRows(Part("gate-up"), Named("mlp.up_proj"), config.FeedForwardWidth, config.Width, row => (row / 16 * 32) + 16 + (row % 16));
            PackDown(Part("down"), Named("mlp.down_proj"), config, inner);
        }

        PackVector($"{name} norm", $"{prefix}norm.weight");
    }

    private void PackMatrix(string part, string tensor, int rows, int columns) => PackRows(part, tensor, rows, columns, row => row);

    private void PackRows(string part, string tensor, int rows, int columns, Func<int, int> target)
    {
        Read(tensor, 0, rows * columns);
        var matrix = weights.Matrix(part);
        ForRows(tensor, rows, row => matrix.SetRow(target(row), Values(row * columns, columns)));
    }

    private void PackDown(string part, string tensor, LlamaConfig config, int inner)
    {
        var columns = config.FeedForwardWidth;
        Read(tensor, 0, config.Width * columns);
        var matrix = weights.Matrix(part);
        ForRows(tensor, config.Width, row =>
        {
            var padded = new float[inner];
            Values(row * columns, columns).CopyTo(padded);
            matrix.SetRow(row, padded);
        });
    }

    // Heads are stored [codebook][input][output]; a product wants one row per output.
    private void PackDepthHeads()
    {
        var (width, vocabulary) = (_config.Depth.Width, _config.AudioVocabularySize);
        for (var codebook = 1; codebook < _config.CodebookCount; codebook++)
        {
            Read(CsmTensorNames.DepthHeads, (long)(codebook - 1) * width * vocabulary, width * vocabulary);
            var matrix = weights.Matrix(PackedCsmLayout.Head(codebook));
            ForRows(CsmTensorNames.DepthHeads, vocabulary, row =>
            {
                var values = Values(0, width * vocabulary);
                var column = new float[width];
                for (var i = 0; i < width; i++)
                {
                    column[i] = values[(i * vocabulary) + row];
                }

                matrix.SetRow(row, column);
            });
        }
    }

    private void PackTable(string part, string tensor)
    {
        var table = weights.Table(part);
        for (var first = 0; first < table.Rows; first += TableRowsAtOnce)
        {
            var count = Math.Min(TableRowsAtOnce, table.Rows - first);
            Read(tensor, (long)first * table.Columns, count * table.Columns);
            var start = first;
            ForRows(tensor, count, row => table.SetRow(start + row, Values(row * table.Columns, table.Columns)));
        }
    }

    private void PackVector(string part, string tensor)
    {
        var table = weights.Table(part);
        Read(tensor, 0, table.Columns);
        table.SetRow(0, Values(0, table.Columns));
    }

    // Reads part of a tensor to where Values finds it.
    private void Read(string tensor, long first, int count)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (_values.Length < (long)count * sizeof(float))
        {
            _values.Dispose();
            _values = new NativeBuffer((long)count * sizeof(float));
        }

        parameters.Read(tensor, first, Values(0, count));
    }

    private Span<float> Values(int first, int count) => _values.AsSpan<float>((long)first * sizeof(float), count);

    private void ForRows(string tensor, int rows, Action<int> action)
    {
        try
        {
            Parallel.For(0, rows, new ParallelOptions { CancellationToken = _cancellation }, action);
        }
        catch (AggregateException e) when (e.InnerException is ArgumentException inner)
        {
            throw new ArgumentException($"{tensor}: {inner.Message}", inner);
        }
    }
}
