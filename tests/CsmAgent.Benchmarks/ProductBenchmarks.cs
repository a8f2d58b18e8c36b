using BenchmarkDotNet.Attributes;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Benchmarks;

/// <summary>One depth-decoder matrix (16 384 × 1 024) times one and four inputs, in each format.</summary>
[MemoryDiagnoser]
public class ProductBenchmarks
{
    private const int Rows = 16_384, Columns = 1_024, Group = 64;
    private PackedMatrix _matrix = null!;
    private ActivationRows _x = null!;
    private ActivationRows _y = null!;

    [Params(WeightFormat.Int4, WeightFormat.Int8, WeightFormat.BFloat16, WeightFormat.Float32)]
    public WeightFormat Format { get; set; }

    [Params(1, 4)]
    public int Inputs { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        var weights = new float[Rows * Columns];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = random.NextSingle() - 0.5f;
        }

        _matrix = PackedMatrix.Pack(weights, Rows, Columns, Format, Group);
        _x = new ActivationRows(Inputs, Columns, Group);
        _y = new ActivationRows(Inputs, Rows);
        for (var i = 0; i < Inputs; i++)
        {
            weights.AsSpan(i * Columns, Columns).CopyTo(_x[i]);
            _x.Quantize(i);
        }
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _x.Dispose();
        _y.Dispose();
    }

    [Benchmark]
    public void Multiply() => _matrix.Multiply(_x, _y, Inputs, 0, _matrix.Blocks);
}
