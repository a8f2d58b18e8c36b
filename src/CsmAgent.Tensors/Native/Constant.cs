using System.Collections.Concurrent;
using TorchSharp;

namespace CsmAgent.Tensors.Native;

/// <summary>Numbers as Torch scalars that live as long as the process.</summary>
/// <remarks>TorchSharp turns a number given to an operation (<c>x * 0.5</c>, <c>x.elu(1)</c>, <c>clamp(min: 0)</c>) into a
/// temporary <see cref="Scalar"/> and passes only its native handle on. Nothing keeps the object alive during the call, so a
/// collection that another thread starts at that moment frees the number under the operation, which then fails or, worse,
/// computes with garbage. Seen after 40 training steps on a busy machine. Where other managed threads run, pass
/// <c>Constant.Of(0.5)</c>; for values without number (a learning rate), hold the scalar with <c>using</c>.</remarks>
public static class Constant
{
    private static readonly ConcurrentDictionary<double, Scalar> Reals = new();
    private static readonly ConcurrentDictionary<long, Scalar> Integers = new();

    /// <summary>The scalar of a number; the same object each time, never disposed.</summary>
    /// <param name="value">One of a handful of numbers known when the code was written.</param>
    public static Scalar Of(double value) => Reals.GetOrAdd(value, static number => number);

    /// <summary>The scalar of a whole number, which leaves integer tensors integers.</summary>
    /// <param name="value">One of a handful of numbers known when the code was written.</param>
    public static Scalar Of(long value) => Integers.GetOrAdd(value, static number => number);
}
