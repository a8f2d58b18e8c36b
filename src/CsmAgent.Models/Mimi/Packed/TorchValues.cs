using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace CsmAgent.Models.Mimi.Packed;

/// <summary>Takes numbers out of Torch, once, when weights are packed.</summary>
internal static class TorchValues
{
    public static float[] Of(Tensor tensor)
    {
        using var plain = tensor.detach().to(ScalarType.Float32).cpu().contiguous();
        return MemoryMarshal.Cast<byte, float>(plain.bytes).ToArray();
    }
}
