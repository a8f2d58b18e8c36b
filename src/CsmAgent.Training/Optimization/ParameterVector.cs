using static TorchSharp.torch;

namespace CsmAgent.Training.Optimization;

/// <summary>All trained weights of a model in one flat tensor, so that optimiser, clipping, averaging and checkpoints
/// are a handful of operations however many tensors there are.</summary>
public sealed class ParameterVector : IDisposable
{
    private readonly long[] _sizes;

    /// <summary>Lays out weights in the given order.</summary>
    /// <param name="tensors">Names, shapes and initial values; copied.</param>
    public ParameterVector(IEnumerable<(string Name, Tensor Value)> tensors)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var list = tensors.ToList();
        Layout = [.. list.Select(entry => (entry.Name, entry.Value.shape))];
        _sizes = [.. list.Select(entry => entry.Value.numel())];
        Values = cat([.. list.Select(entry => entry.Value.detach().to(ScalarType.Float32).reshape(-1))]).DetachFromDisposeScope();
    }

    /// <summary>Names and shapes in order.</summary>
    public IReadOnlyList<(string Name, long[] Shape)> Layout { get; }

    /// <summary>(N) f32, without gradient; owned by this object.</summary>
    public Tensor Values { get; }

    /// <summary>A differentiable leaf over the same memory, and its tensors by name. Each worker takes its own.</summary>
    /// <param name="precision">The tensors' element type; the leaf stays f32.</param>
    /// <returns>The leaf, whose <c>grad</c> collects the flat gradient, and views of it; owned by the current dispose scope.</returns>
    public (Tensor Leaf, IReadOnlyDictionary<string, Tensor> Tensors) Differentiable(ScalarType precision = ScalarType.Float32)
    {
        var leaf = Values.detach().requires_grad_();
        return (leaf, Split(precision == ScalarType.Float32 ? leaf : leaf.to(precision)));
    }

    /// <summary>Cuts a flat tensor of this layout into named views.</summary>
    /// <param name="flat">(N); borrowed.</param>
    public IReadOnlyDictionary<string, Tensor> Split(Tensor flat)
    {
        var parts = flat.split(_sizes, 0);
        var result = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        for (var i = 0; i < parts.Length; i++)
        {
            result[Layout[i].Name] = parts[i].view(Layout[i].Shape);
        }

        return result;
    }

    /// <summary>(N) with 1 where <paramref name="selected"/> names the tensor and 0 elsewhere; owned by the caller.</summary>
    /// <param name="selected">Decides by name and shape.</param>
    public Tensor Mask(Func<string, long[], bool> selected)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        return cat([.. Layout.Select((entry, i) => selected(entry.Name, entry.Shape) ? ones(_sizes[i]) : zeros(_sizes[i]))]).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => Values.Dispose();
}
