using TorchSharp;

namespace CsmAgent.Tensors.Native;

/// <summary>What Torch could compute on beside the processor.</summary>
public static class Accelerator
{
    /// <summary>The accelerator in words for <c>doctor</c>; null if Torch reaches none. Loads Torch.</summary>
    /// <exception cref="DllNotFoundException">The native library cannot be loaded.</exception>
    public static string? Describe()
    {
        TorchRuntime.EnsureLoaded();
        return torch.cuda.is_available() ? $"CUDA, {torch.cuda.device_count()} device(s)"
            : torch.mps_is_available() ? "MPS"
            : null;
    }
}
