using CsmAgent.Tensors.Kernels;

namespace CsmAgent.Models.Mimi.Packed;

/// <summary>One stream's state of a residual unit.</summary>
internal sealed class ResidualRunner(PackedResidual unit, int steps) : IDisposable
{
    private readonly ConvolutionRunner _wide = new(unit.Wide, steps);
    private readonly ConvolutionRunner _narrow = new(unit.Narrow, steps);

    /// <summary>x + narrow(ELU(wide(ELU(x)))), in place.</summary>
    public void Run(Span<float> x)
    {
        Elementwise.Elu(x, _wide.Input);
        _wide.Run();
        Elementwise.Elu(_wide.Results, _narrow.Input);
        _narrow.Run();
        Elementwise.Add(x, _narrow.Results);
    }

    public void Reset() => _wide.Reset();

    public void Dispose()
    {
        _wide.Dispose();
        _narrow.Dispose();
    }
}
