using CsmAgent.Tensors.Packing;

namespace CsmAgent.Tensors.Tests.Packing;

public sealed class EmbeddingTableTests
{
    [Theory]
    [InlineData(WeightFormat.Float32, 48, 0)]
    [InlineData(WeightFormat.BFloat16, 131, 0.004)]
    [InlineData(WeightFormat.Int8, 16, 0.005)]
    [InlineData(WeightFormat.Int8, 131, 0.005)]
    [InlineData(WeightFormat.Int8, 2048, 0.005)]
    public void A_row_adds_what_was_stored(WeightFormat format, int columns, double tolerance)
    {
        var random = new Random(columns);
        var rows = Enumerable.Range(0, 3).Select(_ => Values(random, columns)).ToArray();
        using var buffer = new NativeBuffer(EmbeddingTable.ByteLength(format, 3, columns));
        var table = new EmbeddingTable(format, 3, columns, buffer, 0);
        for (var row = 0; row < 3; row++)
        {
            table.SetRow(row, rows[row]);
        }

        var before = Values(random, columns);
        var sum = before.ToArray();
        table.AddRow(2, sum);
        table.AddRow(0, sum);

        // Values lie within ±1: half a step of 1/127 of the group's peak for each row, and the rounding of its scale.
        for (var i = 0; i < columns; i++)
        {
            Assert.InRange(Math.Abs(before[i] + (double)rows[2][i] + rows[0][i] - sum[i]), 0, (2 * tolerance) + 1e-6);
        }
    }

    [Fact]
    public void Small_values_beside_large_ones_of_another_group_keep_their_precision()
    {
        var values = Enumerable.Range(0, 128).Select(i => i < 64 ? 1000f - i : 0.001f * (i - 63)).ToArray();
        using var buffer = new NativeBuffer(EmbeddingTable.ByteLength(WeightFormat.Int8, 1, 128));
        var table = new EmbeddingTable(WeightFormat.Int8, 1, 128, buffer, 0);
        table.SetRow(0, values);

        var sum = new float[128];
        table.AddRow(0, sum);

        Assert.All(Enumerable.Range(64, 64), i => Assert.InRange(Math.Abs(sum[i] - values[i]), 0, 0.0005));
    }

    [Fact]
    public void A_row_of_zeros_adds_nothing_and_not_a_number_is_not_hidden()
    {
        using var buffer = new NativeBuffer(EmbeddingTable.ByteLength(WeightFormat.Int8, 2, 64));
        var table = new EmbeddingTable(WeightFormat.Int8, 2, 64, buffer, 0);
        table.SetRow(0, new float[64]);
        table.SetRow(1, [.. Enumerable.Repeat(float.NaN, 64)]);

        var sum = Enumerable.Repeat(3f, 64).ToArray();
        table.AddRow(0, sum);
        Assert.All(sum, value => Assert.Equal(3f, value));

        table.AddRow(1, sum);
        Assert.All(sum, value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void Rows_outside_and_formats_without_tables_are_refused()
    {
        using var buffer = new NativeBuffer(EmbeddingTable.ByteLength(WeightFormat.Int8, 2, 64));
        var table = new EmbeddingTable(WeightFormat.Int8, 2, 64, buffer, 0);

        Assert.Throws<ArgumentOutOfRangeException>(() => table.AddRow(2, new float[64]));
        Assert.Throws<ArgumentOutOfRangeException>(() => table.AddRow(0, new float[63]));
        Assert.Throws<ArgumentOutOfRangeException>(() => EmbeddingTable.ByteLength(WeightFormat.Int4, 2, 64));
    }

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
}
