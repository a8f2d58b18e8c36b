using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Models.Mimi.Streaming;

/// <summary>
/// A transposed convolution by overlap-add: its state is the part of the last output that the next input still adds to.
/// The bias is added to what leaves only, so that overlapped samples have it once.
/// </summary>
internal sealed class TransposedStream : IDisposable
{
    private readonly MimiConvolution _convolution;
    private readonly Tensor? _bias; // [1, out, 1]
    private readonly Tensor _overlap; // [1, out, kernel − stride]

    internal TransposedStream(MimiConvolution convolution)
    {
        _convolution = convolution;
        var weight = convolution.Weight;
        _bias = convolution.Bias?.view(1, -1, 1).DetachFromDisposeScope();
        _overlap = zeros([1, weight.size(1) * convolution.Groups, weight.size(2) - convolution.Stride], weight.dtype, weight.device)
            .DetachFromDisposeScope();
    }

    /// <param name="x">(1, in, T); borrowed.</param>
    /// <returns>(1, out, T · stride).</returns>
    internal Tensor Next(Tensor x)
    {
        var full = F.conv_transpose1d(x, _convolution.Weight, stride: _convolution.Stride, groups: _convolution.Groups);
        full.narrow(2, 0, _overlap.size(2)).add_(_overlap);
        var ready = x.size(2) * _convolution.Stride;
        _overlap.copy_(full.narrow(2, ready, _overlap.size(2)));
        var output = full.narrow(2, 0, ready);
        return _bias is null ? output : output + _bias;
    }

    internal void Reset() => _overlap.zero_();

    public void Dispose()
    {
        _overlap.Dispose();
        _bias?.Dispose();
    }
}
