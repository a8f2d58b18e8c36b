namespace CsmAgent.TestSupport;

/// <summary>A file on a disk that is soon full.</summary>
/// <param name="capacity">Bytes it takes.</param>
public sealed class SmallDisk(long capacity) : MemoryStream
{
    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        if (Position + count > capacity)
        {
            throw new IOException("no space left on device");
        }

        base.Write(buffer, offset, count);
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer.ToArray(), 0, buffer.Length);
}
