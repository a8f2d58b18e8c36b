using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace CsmAgent.Models.Parity;

/// <summary>How far two results lie apart.</summary>
internal static class Differences
{
    /// <summary>The largest absolute difference; infinite if one of them is no number or the lengths differ.</summary>
    internal static double Largest(ReadOnlySpan<float> expected, ReadOnlySpan<float> found)
    {
        if (expected.Length != found.Length)
        {
            return double.PositiveInfinity;
        }

        var largest = 0.0;
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = Math.Abs((double)expected[i] - found[i]);
            largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference);
        }

        return largest;
    }

    /// <summary>The largest absolute difference from a tensor on any device.</summary>
    internal static double Largest(ReadOnlySpan<float> expected, Tensor found)
    {
        using var onCpu = found.detach().to(float32).cpu().contiguous();
        return Largest(expected, MemoryMarshal.Cast<byte, float>(onCpu.bytes));
    }

    /// <summary>The number of places that differ, counting missing and surplus ones.</summary>
    internal static int Count(ReadOnlySpan<int> expected, ReadOnlySpan<int> found)
    {
        var count = Math.Abs(expected.Length - found.Length);
        for (var i = 0; i < Math.Min(expected.Length, found.Length); i++)
        {
            count += expected[i] == found[i] ? 0 : 1;
        }

        return count;
    }
}
