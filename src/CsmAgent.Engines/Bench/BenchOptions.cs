using CsmAgent.Tensors.Packing;

namespace CsmAgent.Engines.Bench;

/// <summary>What to measure with.</summary>
/// <param name="Precision">The layers' format; the depth decoder's alone if <paramref name="Backbone"/> is given.</param>
/// <param name="Threads">Members of the thread team.</param>
/// <param name="ModelFolder">A folder with <c>config.json</c> and <c>model.safetensors</c>; null makes CSM-1B's shape with random weights.</param>
/// <param name="Frames">Frames to measure.</param>
/// <param name="Positions">Rows in the context before measuring.</param>
/// <param name="GroupSize">Columns per scale in the integer formats.</param>
/// <param name="Baseline">Also times Torch's own int4 kernels on the same frame, after ours.</param>
/// <param name="Backbone">The backbone's format, if it is not the depth decoder's.</param>
/// <param name="CacheFolder">Keeps packed weights here from one measurement to the next; null packs every time.</param>
/// <param name="Device">A device of Torch's (<see cref="CsmAgent.Tensors.Native.Accelerator.Find"/>) that runs the frame instead of our kernels; null for those.</param>
/// <param name="DevicePrecision">What it runs in: <c>auto</c>, <c>bfloat16</c>, <c>float16</c> or <c>float32</c>.</param>
public sealed record BenchOptions(
    WeightFormat Precision = WeightFormat.Int4, int Threads = 2, string? ModelFolder = null, int Frames = 60, int Positions = 400, int GroupSize = 64, bool Baseline = false,
    WeightFormat? Backbone = null, string? CacheFolder = null, string? Device = null, string DevicePrecision = "auto")
{
    /// <summary>The precision in words.</summary>
    public string Words => Backbone is { } backbone ? $"{backbone} over {Precision}" : $"{Precision}";
}
