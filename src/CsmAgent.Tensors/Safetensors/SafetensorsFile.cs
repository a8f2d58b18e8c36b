using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace CsmAgent.Tensors.Safetensors;

/// <summary>One memory-mapped safetensors file. Spans into it are valid until it is disposed. Safe for concurrent readers.</summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    /// <summary>The longest header the format allows, in bytes.</summary>
    public const long MaxHeaderBytes = 100_000_000;

    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _start;

    private SafetensorsFile(string path, SafetensorsHeader header, MemoryMappedFile map, MemoryMappedViewAccessor view, byte* start)
    {
        (FilePath, Tensors, Metadata, _map, _view) = (path, header.Tensors, header.Metadata, map, view);
        _start = start;
    }

    /// <summary>Path of the file.</summary>
    public string FilePath { get; }

    /// <summary>All tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>The header's <c>__metadata__</c>; empty if there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Maps a file and checks its whole header.</summary>
    /// <exception cref="CheckpointException">The file is malformed or cut short.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static SafetensorsFile Open(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        var header = ReadHeader(path, stream);
        var map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        var view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        return new SafetensorsFile(path, header, map, view, start + view.PointerOffset);
    }

    /// <summary>The raw bytes of a tensor.</summary>
    /// <exception cref="CheckpointException">There is no such tensor, or it is longer than a span can be (2 GiB).</exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        var tensor = Info(name);
        return tensor.ByteCount <= int.MaxValue
            ? new ReadOnlySpan<byte>(_start + tensor.Offset, (int)tensor.ByteCount)
            : throw new CheckpointException(FilePath, name, "at most 2 GiB for one span", $"{tensor.ByteCount} bytes");
    }

    /// <summary>A tensor's elements as stored, row-major.</summary>
    /// <exception cref="CheckpointException">There is no such tensor, or its dtype is not <typeparamref name="T"/>.</exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public ReadOnlySpan<T> Span<T>(string name)
        where T : unmanaged
    {
        var tensor = Info(name);
        return tensor.DType.Fits<T>()
            ? MemoryMarshal.Cast<byte, T>(Bytes(name))
            : throw new CheckpointException(FilePath, name, $"elements of {typeof(T).Name}", tensor.Description);
    }

    /// <summary>What is stored under a name.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public TensorInfo Info(string name) =>
        Tensors.TryGetValue(name, out var tensor)
            ? tensor
            : throw new CheckpointException(FilePath, name, "this tensor", $"{Tensors.Count} others");

    /// <summary>Unmaps the file.</summary>
    public void Dispose()
    {
        if (_start is not null)
        {
            _start = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _map.Dispose();
        }
    }

    /// <summary>Address of a tensor's first byte, valid until the file is disposed.</summary>
    internal byte* Address(TensorInfo tensor)
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        return _start + tensor.Offset;
    }

    /// <summary>Reads and checks the header; the stream ends up at the data.</summary>
    internal static SafetensorsHeader ReadHeader(string path, Stream stream)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (stream.Length < prefix.Length)
        {
            throw new CheckpointException(path, null, "at least 8 bytes", $"{stream.Length}", "The file is cut short: fetch it again.");
        }

        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        var most = (ulong)Math.Min(MaxHeaderBytes, stream.Length - prefix.Length);
        if (length > most)
        {
            throw new CheckpointException(
                path, "header", $"a length of at most {most} bytes", $"{length}", "Either the file is cut short or it is no safetensors file.");
        }

        var json = new byte[(int)length];
        stream.ReadExactly(json);
        return SafetensorsHeader.Parse(path, json, stream.Position, stream.Length - stream.Position);
    }
}
