using CsmAgent.Tensors.Kernels;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Mimi.Packed;

/// <summary>One stream's state of a transformer: keys and values of the window, and the position since the last reset.</summary>
internal sealed class TransformerRunner : IDisposable
{
    private const int Steps = MimiConfig.PositionsPerFrame;
    private readonly PackedTransformer _transformer;
    private readonly KeyValuePages _window;
    private readonly ActivationRows _normed;
    private readonly ActivationRows _projected;
    private readonly ActivationRows _attended;
    private readonly ActivationRows _inner;
    private readonly ActivationRows _result;
    private readonly float[] _scores;
    private readonly double[] _frequencies;
    private readonly float[] _cos;
    private readonly float[] _sin;
    private long _position;

    public TransformerRunner(PackedTransformer transformer)
    {
        _transformer = transformer;
        var config = transformer.Config;
        var heads = config.Heads * config.HeadDimension;
        var group = transformer.Layers.Count > 0 ? transformer.Layers[0].QueryKeyValue.GroupSize : 0;
        // The window, the positions of one call, and a page that is being left: the oldest key is there for the first of the
        // new positions too, so that a stream equals the whole signal.
        _window = new(Math.Max(1, config.TransformerLayers), config.Heads, config.HeadDimension, config.AttentionWindow + Steps + KeyValuePages.PagePositions);
        Stream = new(Steps, config.HiddenSize);
        _normed = new(Steps, config.HiddenSize, group);
        _projected = new(Steps, 3 * heads);
        _attended = new(Steps, heads, group);
        _inner = new(Steps, config.FeedForwardSize, group);
        _result = new(Steps, config.HiddenSize);
        _scores = new float[Attention.ScoreCount(1, config.AttentionWindow)];
        var pairs = config.HeadDimension / 2;
        _frequencies = [.. Enumerable.Range(0, pairs).Select(pair => Math.Pow(config.RopeTheta, -2.0 * pair / config.HeadDimension))];
        (_cos, _sin) = (new float[Steps * pairs], new float[Steps * pairs]);
    }

    /// <summary>[2, hidden]: input before a run, output after it.</summary>
    public ActivationRows Stream { get; }

    /// <summary>Runs the two positions of a frame.</summary>
    public void Run()
    {
        while (_window.Count + Steps > _window.Capacity)
        {
            _window.DropFirstPage();
        }

        var first = _window.Count;
        _window.Grow(Steps);
        for (var i = 0; i < _cos.Length; i++)
        {
            // In double precision, so that hours of a stream turn as exactly as its first second.
            var (row, pair) = Math.DivRem(i, _frequencies.Length);
            var (sin, cos) = Math.SinCos((_position + row) * _frequencies[pair]);
            (_cos[i], _sin[i]) = ((float)cos, (float)sin);
        }

        for (var layer = 0; layer < _transformer.Layers.Count; layer++)
        {
            var weights = _transformer.Layers[layer];
            Norm(weights.AttentionNormWeight, weights.AttentionNormBias);
            weights.QueryKeyValue.Multiply(_normed, _projected, Steps, 0, weights.QueryKeyValue.Blocks);
            for (var step = 0; step < Steps; step++)
            {
                Attend(layer, first, step);
            }

            AddProduct(weights.Output, _attended, weights.AttentionScale);
            Norm(weights.FeedForwardNormWeight, weights.FeedForwardNormBias);
            weights.FeedForwardIn.Multiply(_normed, _inner, Steps, 0, weights.FeedForwardIn.Blocks);
            for (var step = 0; step < Steps; step++)
            {
                Elementwise.Gelu(_inner[step]);
                Quantize(_inner, step);
            }

            AddProduct(weights.FeedForwardOut, _inner, weights.FeedForwardScale);
        }

        _position += Steps;
    }

    public void Reset()
    {
        _window.Truncate(0);
        _position = 0;
    }

    public void Dispose()
    {
        _window.Dispose();
        foreach (var rows in (ActivationRows[])[Stream, _normed, _projected, _attended, _inner, _result])
        {
            rows.Dispose();
        }
    }

    private void Attend(int layer, int first, int step)
    {
        var config = _transformer.Config;
        var (d, all) = (config.HeadDimension, config.Heads * config.HeadDimension);
        var values = _projected[step];
        var cos = _cos.AsSpan(step * d / 2, d / 2);
        var sin = _sin.AsSpan(step * d / 2, d / 2);
        var to = first + step;
        for (var head = 0; head < config.Heads; head++)
        {
            var query = values.Slice(head * d, d);
            var key = values.Slice(all + (head * d), d);
            Elementwise.Rotate(query, cos, sin);
            Elementwise.Rotate(key, cos, sin);
            _window.Set(layer, head, to, key, values.Slice((2 * all) + (head * d), d));
            Attention.Attend(
                _window, layer, head, Math.Max(0, to - config.AttentionWindow + 1), to, query, _scores, _attended[step].Slice(head * d, d));
        }

        Quantize(_attended, step);
    }

    private void Norm(float[] weight, float[] bias)
    {
        for (var step = 0; step < Steps; step++)
        {
            Elementwise.LayerNorm(Stream[step], weight, bias, (float)_transformer.Config.NormEpsilon, _normed[step]);
            Quantize(_normed, step);
        }
    }

    private void AddProduct(PackedMatrix matrix, ActivationRows input, float[] scale)
    {
        matrix.Multiply(input, _result, Steps, 0, matrix.Blocks);
        for (var step = 0; step < Steps; step++)
        {
            Elementwise.AddScaled(Stream[step], scale, _result[step]);
        }
    }

    private static void Quantize(ActivationRows rows, int row)
    {
        if (rows.GroupSize > 0)
        {
            rows.Quantize(row);
        }
    }
}
