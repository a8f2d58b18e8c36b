using System.Diagnostics;
using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Engines.Bench;

/// <summary>
/// The yardstick: the products of one CSM-1B frame over Torch's own int4 kernel, in one TorchScript function, heads in
/// bfloat16. Attention and sampling are left out, so it is a little faster than a whole frame would be.
/// </summary>
internal sealed class TorchScriptFrame : IDisposable
{
    private const string Source = """
        def pack(w: Tensor) -> Tensor:
            return torch._convert_weight_to_int4pack_for_cpu(w, 2)

        def stack(x: Tensor, w: List[Tensor], s: List[Tensor]) -> Tensor:
            for i in range(len(w) // 4):
                q = torch._weight_int4pack_mm_for_cpu(x, w[4 * i], 64, s[4 * i]).narrow(1, 0, x.size(1)).contiguous()
                x = x + torch._weight_int4pack_mm_for_cpu(q, w[4 * i + 1], 64, s[4 * i + 1])
                n = x * torch.rsqrt(x.pow(2).mean(-1, True) + 1e-5)
                g, u = torch._weight_int4pack_mm_for_cpu(n, w[4 * i + 2], 64, s[4 * i + 2]).chunk(2, 1)
                x = x + torch._weight_int4pack_mm_for_cpu(torch.silu(g) * u, w[4 * i + 3], 64, s[4 * i + 3])
            return x

        def frame(x: Tensor, bw: List[Tensor], bs: List[Tensor], dw: List[Tensor], ds: List[Tensor], p: Tensor, ps: Tensor, heads: List[Tensor]) -> Tensor:
            h = stack(x, bw, bs)
            y = torch.matmul(h, heads[0])
            for i in range(1, len(heads)):
                d = stack(torch._weight_int4pack_mm_for_cpu(h, p, 64, ps), dw, ds)
                y = torch.matmul(d, heads[i])
            return y

        """;

    private readonly DisposeScope _scope;
    private readonly jit.CompilationUnit _unit;
    private readonly object[] _arguments;

    public TorchScriptFrame(int threads)
    {
        TorchRuntime.EnsureLoaded();
        set_num_threads(threads);
        using var mode = inference_mode();
        _scope = NewDisposeScope();
        _unit = jit.compile(Source);
        var model = BenchModel.FullSize;
        var (backboneWeights, backboneScales) = Stack(model.Backbone);
        var (depthWeights, depthScales) = Stack(model.Depth);
        var projection = Pack(model.Depth.Width, model.Backbone.Width);
        Tensor[] heads = [.. Enumerable.Range(0, model.CodebookCount).Select(codebook =>
            zeros(codebook == 0 ? model.Backbone.Width : model.Depth.Width, model.AudioVocabularySize, dtype: bfloat16))];
        var x = randn(1, model.Backbone.Width).to(bfloat16);
        _arguments = [x, backboneWeights, backboneScales, depthWeights, depthScales, projection, Scales(model.Depth.Width, model.Backbone.Width), heads];
    }

    /// <summary>Milliseconds of one frame.</summary>
    public double Run()
    {
        using var mode = inference_mode();
        var start = Stopwatch.GetTimestamp();
        using var result = (Tensor)_unit.invoke("frame", _arguments);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    public void Dispose() => _scope.Dispose();

    private static Tensor Scales(int rows, int columns) => full([columns / 64, rows, 2], 0.01f, dtype: bfloat16);

    private (Tensor[] Weights, Tensor[] Scales) Stack(LlamaConfig config)
    {
        (int Rows, int Columns)[] shapes =
        [
            (config.QueryWidth + (2 * config.KeyValueWidth), config.Width), (config.Width, config.QueryWidth),
            (2 * config.FeedForwardWidth, config.Width), (config.Width, config.FeedForwardWidth),
        ];
        var packed = shapes.Select(shape => Pack(shape.Rows, shape.Columns)).ToArray();
        return (
            [.. Enumerable.Range(0, config.LayerCount * 4).Select(i => packed[i % 4].clone())],
            [.. Enumerable.Range(0, config.LayerCount * 4).Select(i => Scales(shapes[i % 4].Rows, shapes[i % 4].Columns))]);
    }

    private Tensor Pack(int rows, int columns)
    {
        using var numbers = randint(0, 16, [rows, columns], dtype: int32);
        return (Tensor)_unit.invoke("pack", numbers);
    }
}
