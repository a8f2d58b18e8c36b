namespace CsmAgent.Audio.Buffers;

/// <summary>A bounded ring of samples for one writing and one reading thread, without locks and without allocation.</summary>
/// <remarks>Counters only grow; each is written by one side, so a release store and an acquire load order the samples between them.</remarks>
public sealed class SampleRing
{
    private readonly float[] _samples;
    private readonly int _mask;
    private long _written;
    private long _read;

    /// <summary>Makes an empty ring.</summary>
    /// <param name="capacity">The least number of samples it must hold, 1 to 2^28; rounded up to a power of two.</param>
    public SampleRing(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1 << 28);
        _samples = new float[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity)];
        _mask = _samples.Length - 1;
    }

    /// <summary>Samples it can hold.</summary>
    public int Capacity => _samples.Length;

    /// <summary>Samples waiting to be read. Exact for the reader; for the writer it may be less by the time it is used.</summary>
    public int Count => (int)(Volatile.Read(ref _written) - Volatile.Read(ref _read));

    /// <summary>Samples that can be written now. Exact for the writer.</summary>
    public int Space => Capacity - Count;

    /// <summary>Writes as much as there is space for.</summary>
    /// <returns>Samples written, 0 to the length given.</returns>
    public int Write(ReadOnlySpan<float> samples)
    {
        var start = _written;
        var count = Math.Min(samples.Length, Capacity - (int)(start - Volatile.Read(ref _read)));
        var first = Math.Min(count, Capacity - (int)(start & _mask));
        samples[..first].CopyTo(_samples.AsSpan((int)(start & _mask)));
        samples[first..count].CopyTo(_samples);
        Volatile.Write(ref _written, start + count);
        return count;
    }

    /// <summary>Reads as much as is waiting.</summary>
    /// <returns>Samples read, 0 to the length given; the rest of <paramref name="destination"/> is untouched.</returns>
    public int Read(Span<float> destination)
    {
        var start = _read;
        var count = Math.Min(destination.Length, (int)(Volatile.Read(ref _written) - start));
        var first = Math.Min(count, Capacity - (int)(start & _mask));
        _samples.AsSpan((int)(start & _mask), first).CopyTo(destination);
        _samples.AsSpan(0, count - first).CopyTo(destination[first..]);
        Volatile.Write(ref _read, start + count);
        return count;
    }
}
