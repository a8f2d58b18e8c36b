namespace CsmAgent.Models.Llama;

/// <summary>
/// Row order of query and key projections. Sesame and Kyutai store the two elements of a rotary pair side by side
/// (2i, 2i + 1); we and transformers store the first elements of a head, then the second ones (i, i + half).
/// </summary>
public static class RotaryRowOrder
{
    /// <summary>Copies rows from pairs side by side to halves.</summary>
    /// <param name="interleaved">Row-major [heads · head width, row length].</param>
    /// <param name="halves">Receives the same rows in our order; must not overlap the source.</param>
    /// <param name="headWidth">Rows per head, even.</param>
    /// <param name="rowLength">Elements per row.</param>
    /// <exception cref="ArgumentException">The lengths differ or are not whole heads.</exception>
    public static void ToHalves<T>(ReadOnlySpan<T> interleaved, Span<T> halves, int headWidth, int rowLength)
    {
        Require(interleaved.Length, halves.Length, headWidth, rowLength);
        for (var row = 0; row < interleaved.Length / rowLength; row++)
        {
            interleaved.Slice(row * rowLength, rowLength).CopyTo(halves.Slice(HalvesRow(row, headWidth) * rowLength, rowLength));
        }
    }

    /// <summary>Copies rows from halves to pairs side by side, as Sesame's files have them.</summary>
    /// <param name="halves">Row-major [heads · head width, row length].</param>
    /// <param name="interleaved">Receives the rows; must not overlap the source.</param>
    /// <param name="headWidth">Rows per head, even.</param>
    /// <param name="rowLength">Elements per row.</param>
    /// <exception cref="ArgumentException">The lengths differ or are not whole heads.</exception>
    public static void ToInterleaved<T>(ReadOnlySpan<T> halves, Span<T> interleaved, int headWidth, int rowLength)
    {
        Require(halves.Length, interleaved.Length, headWidth, rowLength);
        for (var row = 0; row < halves.Length / rowLength; row++)
        {
            halves.Slice(HalvesRow(row, headWidth) * rowLength, rowLength).CopyTo(interleaved.Slice(row * rowLength, rowLength));
        }
    }

    private static int HalvesRow(int interleavedRow, int headWidth)
    {
        var (head, inHead) = (interleavedRow / headWidth, interleavedRow % headWidth);
        return (head * headWidth) + (inHead % 2 * (headWidth / 2)) + (inHead / 2);
    }

    private static void Require(int source, int target, int headWidth, int rowLength)
    {
        if (source != target || headWidth % 2 != 0 || source % (headWidth * rowLength) != 0)
        {
            throw new ArgumentException($"{source} and {target} elements are not the same whole heads of {headWidth} rows × {rowLength}.");
        }
    }
}
