using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace CsmAgent.Tensors.Native;

/// <summary>What Torch computes on beside the processor.</summary>
public static class Accelerator
{
    /// <summary>The accelerator in words for <c>doctor</c>; null if Torch reaches none. Loads Torch.</summary>
    /// <exception cref="DllNotFoundException">The native library cannot be loaded.</exception>
    public static string? Describe()
    {
        TorchRuntime.EnsureLoaded();
        return cuda.is_available() ? $"CUDA, {cuda.device_count()} device(s)"
            : mps_is_available() ? "MPS"
            : null;
    }

    /// <summary>The device of a name. Loads Torch.</summary>
    /// <param name="name"><c>cuda</c>, <c>mps</c>, <c>auto</c> (whichever of the two is there) or <c>torch-cpu</c> (what they run, on the processor).</param>
    /// <returns>The device; null if <c>auto</c> finds none.</returns>
    /// <exception cref="ArgumentException">Another name.</exception>
    /// <exception cref="DeviceException">The device is not there.</exception>
    /// <exception cref="DllNotFoundException">The native library cannot be loaded.</exception>
    public static Device? Find(string name)
    {
        TorchRuntime.EnsureLoaded();
        // Convolutions otherwise keep ten bits of each factor on a card, and codes would not be the processor's.
        backends.cudnn.allow_tf32 = false;
        return name switch
        {
            "torch-cpu" => CPU,
            "cuda" => cuda.is_available() ? CUDA : throw Absent(name, "0 CUDA devices", "Build with -p:Cuda=true on a machine with an NVIDIA card and its driver"),
            "mps" => mps_is_available() ? MPS : throw Absent(name, "no MPS", "It takes an Apple chip"),
            "auto" => cuda.is_available() ? CUDA : mps_is_available() ? MPS : null,
            _ => throw new ArgumentException($"'{name}' is no device; expected cuda, mps, auto or torch-cpu.", nameof(name)),
        };
    }

    /// <summary>Runs a step; a device without memory for it is named.</summary>
    /// <param name="device">Where it computes.</param>
    /// <param name="doing">What the step does, as in "reading 12 rows at position 400".</param>
    /// <param name="step">The step.</param>
    /// <exception cref="DeviceException">The device ran out of memory.</exception>
    public static T Guard<T>(Device device, Func<string> doing, Func<T> step)
    {
        try
        {
            return step();
        }
        catch (ExternalException fault) when (IsOutOfMemory(fault.Message))
        {
            throw new DeviceException(
                $"The device '{device}' ran out of memory while {doing()}: {fault.Message.Split('\n')[0].Trim()} Expected room for it: free memory there, choose a smaller PositionLimit or Precision, or the device 'cpu'.",
                fault);
        }
    }

    // CUDA and MPS say the first, the processor's allocator the second.
    internal static bool IsOutOfMemory(string message) =>
        message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) || message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase);

    private static DeviceException Absent(string name, string found, string remedy) => new(
        $"The device '{name}' was asked for; Torch finds {found}{(Describe() is { } other ? $", but {other}" : string.Empty)}. {remedy}, or choose 'cpu' or 'auto'.");
}
