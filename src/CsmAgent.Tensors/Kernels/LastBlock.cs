namespace CsmAgent.Tensors.Kernels;

/// <summary>The block at a matrix's end, which may have fewer than 16 rows: kernels write 16 results aside, the first of them
/// are then copied. A kernel that could itself call a copy would keep its sums in memory for it.</summary>
internal static unsafe class LastBlock
{
    public static void Copy(float* aside, int rows, int count, float* y, int yStep)
    {
        for (var i = 0; i < count; i++)
        {
            new Span<float>(aside + (i * 16), rows).CopyTo(new Span<float>(y + ((long)i * yStep), rows));
        }
    }
}
