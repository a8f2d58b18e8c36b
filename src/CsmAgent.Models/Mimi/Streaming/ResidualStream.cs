using static TorchSharp.torch;

namespace CsmAgent.Models.Mimi.Streaming;

/// <summary>A residual unit that goes on where the last call ended.</summary>
internal sealed class ResidualStream(MimiResidualUnit unit) : IDisposable
{
    private readonly ConvolutionStream _wide = new(unit.Wide);
    private readonly ConvolutionStream _narrow = new(unit.Narrow);

    internal Tensor Next(Tensor x) => x + _narrow.Next(MimiConvolutions.Elu(_wide.Next(MimiConvolutions.Elu(x))));

    internal void Reset()
    {
        _wide.Reset();
        _narrow.Reset();
    }

    public void Dispose()
    {
        _wide.Dispose();
        _narrow.Dispose();
    }
}
