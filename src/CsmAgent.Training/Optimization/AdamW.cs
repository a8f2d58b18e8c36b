using CsmAgent.Tensors.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Training.Optimization;

/// <summary>AdamW over a flat parameter vector: the arithmetic of PyTorch's, in a few operations.</summary>
public sealed class AdamW : IDisposable
{
    private readonly AdamWOptions _options;
    private readonly Tensor? _decayMask;

    /// <summary>Starts with zero moments.</summary>
    /// <param name="size">Length of the parameter vector.</param>
    /// <param name="options">Its constants.</param>
    /// <param name="decayMask">(N) 1 where weight decay applies; taken over. Null: everywhere.</param>
    public AdamW(long size, AdamWOptions options, Tensor? decayMask = null)
    {
        _options = options;
        _decayMask = decayMask;
        Mean = zeros(size).DetachFromDisposeScope();
        Square = zeros(size).DetachFromDisposeScope();
    }

    /// <summary>Running mean of the gradient; owned by this object.</summary>
    public Tensor Mean { get; }

    /// <summary>Running mean of the squared gradient; owned by this object.</summary>
    public Tensor Square { get; }

    /// <summary>Steps taken; restored on resume.</summary>
    public long Steps { get; set; }

    /// <summary>Moves the parameters by one step.</summary>
    /// <param name="values">(N), changed in place.</param>
    /// <param name="gradient">(N); borrowed.</param>
    /// <param name="rate">Learning rate of this step.</param>
    public void Step(Tensor values, Tensor gradient, double rate)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        Steps++;
        var (beta1, beta2) = (_options.Beta1, _options.Beta2);
        using Scalar decay = 1 - (rate * _options.WeightDecay);
        using Scalar maskedDecay = -rate * _options.WeightDecay;
        using Scalar correction = Math.Sqrt(1 - Math.Pow(beta2, Steps));
        using Scalar move = -rate / (1 - Math.Pow(beta1, Steps));
        Mean.mul_(Constant.Of(beta1)).add_(gradient, alpha: Constant.Of(1 - beta1));
        Square.mul_(Constant.Of(beta2)).addcmul_(gradient, gradient, Constant.Of(1 - beta2));
        if (_options.WeightDecay > 0)
        {
            _ = _decayMask is null ? values.mul_(decay) : values.addcmul_(values, _decayMask, maskedDecay);
        }

        var scale = Square.sqrt().div_(correction).add_(Constant.Of(_options.Epsilon));
        values.addcdiv_(Mean, scale, move);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Mean.Dispose();
        Square.Dispose();
        _decayMask?.Dispose();
    }
}
