namespace CsmAgent.Audio.Buffers;

/// <summary>A value written by one real-time thread and read whole by any other: a sequence lock in which only readers retry.</summary>
internal sealed class Snapshot<T>
    where T : struct
{
    private int _version;
    private T _value;

    public T Read()
    {
        var spin = new SpinWait();
        while (true)
        {
            var before = Volatile.Read(ref _version);
            var value = _value;
            Interlocked.MemoryBarrier();
            if ((before & 1) == 0 && before == Volatile.Read(ref _version))
            {
                return value;
            }

            spin.SpinOnce();
        }
    }

    public void Write(in T value)
    {
        var version = _version;
        Volatile.Write(ref _version, version + 1);
        Interlocked.MemoryBarrier();
        _value = value;
        Volatile.Write(ref _version, version + 2);
    }
}
