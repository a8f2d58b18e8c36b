using static TorchSharp.torch;

namespace CsmAgent.Models.Mimi.Streaming;

/// <summary>A causal convolution that goes on where the last call ended: its state is the last few input samples.</summary>
internal sealed class ConvolutionStream : IDisposable
{
    private readonly MimiConvolution _convolution;
    private readonly bool _repeatFirst;
    private readonly Tensor? _history; // [1, in, context]
    private bool _fresh = true;

    /// <param name="convolution">Its weights.</param>
    /// <param name="repeatFirst">True where the history before the first sample repeats that sample instead of being zero.</param>
    internal ConvolutionStream(MimiConvolution convolution, bool repeatFirst = false)
    {
        (_convolution, _repeatFirst) = (convolution, repeatFirst);
        var weight = convolution.Weight;
        _history = convolution.Context > 0
            ? zeros([1, weight.size(1) * convolution.Groups, convolution.Context], weight.dtype, weight.device).DetachFromDisposeScope()
            : null;
    }

    /// <param name="x">(1, in, T); T a positive multiple of the stride; borrowed.</param>
    /// <returns>(1, out, T / stride).</returns>
    internal Tensor Next(Tensor x)
    {
        if (_history is null)
        {
            return MimiConvolutions.Valid(x, _convolution);
        }

        if (_fresh && _repeatFirst)
        {
            _history.copy_(x.narrow(2, 0, 1).expand(_history.shape));
        }

        _fresh = false;
        var whole = cat([_history, x], 2);
        _history.copy_(whole.narrow(2, x.size(2), _convolution.Context));
        return MimiConvolutions.Valid(whole, _convolution);
    }

    internal void Reset()
    {
        _fresh = true;
        _history?.zero_();
    }

    public void Dispose() => _history?.Dispose();
}
