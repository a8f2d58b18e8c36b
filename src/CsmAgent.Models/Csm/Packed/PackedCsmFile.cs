using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CsmAgent.Tensors.Packing;
using CsmAgent.Tensors.Safetensors;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>Packed weights in a file, so that packing happens once: a short header, then the memory as it is.</summary>
/// <remarks>
/// The file is read, not mapped: weights belong on 2 MB pages, which a mapped file does not get, and those read half as
/// fast again. It is written beside its name and then renamed, so that a file of that name is always whole.
/// </remarks>
public static class PackedCsmFile
{
    /// <summary>Goes up whenever the layout of the memory or of the file changes.</summary>
    public const int Version = 2;

    private const int BlockBytes = 16 << 20;
    private const int Alignment = 4096;
    private static readonly byte[] Magic = "CSMPACK\n"u8.ToArray();

    // A header without its fields is a damaged one, not one of nulls.
    private static readonly JsonSerializerOptions HeaderJson = new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>Where the packed form of a checkpoint lies: beside it.</summary>
    /// <param name="checkpoint">The safetensors file or index.</param>
    /// <param name="packing">The formats.</param>
    public static string PathFor(string checkpoint, CsmPacking packing) =>
        checkpoint + $".{packing.Backbone}-{packing.Layers}-{packing.Heads}-{packing.Tables}-g{packing.GroupSize}.csmpack".ToLowerInvariant();

    /// <summary>Loads the packed form of a checkpoint, making it first if it is missing, damaged or of another checkpoint.</summary>
    /// <param name="checkpoint">The safetensors file or index.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="packing">The formats.</param>
    /// <param name="file">Where the packed form lies; null takes <see cref="PathFor"/>.</param>
    /// <param name="notice">Told why packing is needed, and if the packed form cannot be kept, in one sentence each; null tells nobody.</param>
    /// <param name="cancellationToken">Stops packing.</param>
    /// <exception cref="CheckpointException">The checkpoint cannot be read.</exception>
    public static PackedCsmWeights OpenOrPack(
        string checkpoint, CsmConfig config, CsmPacking packing, string? file = null, Action<string>? notice = null, CancellationToken cancellationToken = default)
    {
        var path = file ?? PathFor(checkpoint, packing);
        var source = SourceOf(checkpoint);
        if (!File.Exists(path))
        {
            notice?.Invoke($"Packing {checkpoint} as {packing.Layers} into {path}; this happens once.");
        }
        else
        {
            try
            {
                return Load(path, config, packing, source);
            }
            catch (CheckpointException fault)
            {
                notice?.Invoke($"Packing {checkpoint} again: {fault.Message}");
            }
        }

        using var opened = CsmCheckpoint.Open(checkpoint, config);
        var weights = PackedCsmWeights.Pack(new CheckpointParameters(opened), packing, cancellationToken);
        try
        {
            Save(weights, path, source);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // A full disk or a folder one may only read: the model speaks all the same.
            notice?.Invoke($"The packed form of {checkpoint} cannot be kept, so the next start packs again: {fault.Message}");
        }
        catch
        {
            weights.Dispose();
            throw;
        }

        return weights;
    }

    /// <summary>Names the content of a checkpoint without reading its gigabytes: headers, a sample of every megabyte, and the
    /// times of the last write, which tell of changes between the samples.</summary>
    /// <param name="checkpoint">The safetensors file or index.</param>
    /// <exception cref="CheckpointException">The checkpoint cannot be read.</exception>
    public static string SourceOf(string checkpoint)
    {
        using var opened = Checkpoint.Open(checkpoint);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in opened.Files.OrderBy(file => Path.GetFileName(file.FilePath), StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{File.GetLastWriteTimeUtc(file.FilePath).Ticks}\n"));
            foreach (var tensor in file.Tensors.Values.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{tensor.Name} {tensor.Description} {tensor.Offset}\n"));
                var bytes = file.Bytes(tensor.Name);
                for (var at = 0; at < bytes.Length; at += 1 << 20)
                {
                    hash.AppendData(bytes.Slice(at, Math.Min(512, bytes.Length - at)));
                }
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Writes packed weights.</summary>
    /// <param name="weights">What to write.</param>
    /// <param name="path">The file; replaced only once the new one is whole.</param>
    /// <param name="source">Names what was packed (<see cref="SourceOf"/>).</param>
    /// <exception cref="IOException">The file cannot be written; nothing is left behind.</exception>
    public static void Save(PackedCsmWeights weights, string path, string source)
    {
        var header = new Header(
            Version, source, Shape(weights.Config), Describe(weights.Packing), weights.Bytes, Checksum(weights.Memory));
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        var part = Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}.part");
        try
        {
            using (var stream = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 1))
            {
                stream.Write(Magic);
                Span<byte> length = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
                stream.Write(length);
                stream.Write(json);
                stream.Position = DataStart(json.Length);
                for (long at = 0; at < weights.Bytes; at += BlockBytes)
                {
                    stream.Write(weights.Memory.AsSpan<byte>(at, (int)Math.Min(BlockBytes, weights.Bytes - at)));
                }

                stream.Flush(flushToDisk: true);
            }

            File.Move(part, path, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    /// <summary>Reads packed weights.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">The shape the model must have.</param>
    /// <param name="packing">The formats it must have.</param>
    /// <param name="source">What must have been packed; null takes anything.</param>
    /// <exception cref="CheckpointException">The file is damaged, of another version or of another model.</exception>
    public static PackedCsmWeights Load(string path, CsmConfig config, CsmPacking packing, string? source)
    {
        using var handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
        var length = RandomAccess.GetLength(handle);
        var (header, start) = ReadHeader(handle, path, length);
        Require(path, "version", $"{Version}", $"{header.Version}");
        Require(path, "packing", Describe(packing), header.Packing);
        Require(path, "model", Shape(config), header.Model);
        Require(path, "source", source ?? header.Source, header.Source);
        var layout = new PackedCsmLayout(config, packing);
        Require(path, "length", $"{layout.Length}", $"{header.Length}");
        Require(path, "file length", $"{start + layout.Length}", $"{length}");
        Require(path, "blocks", $"{(layout.Length + BlockBytes - 1) / BlockBytes}", $"{header.Blocks.Length}");
        var memory = new NativeBuffer(layout.Length);
        try
        {
            Parallel.For(0, header.Blocks.Length, block =>
            {
                var at = (long)block * BlockBytes;
                var bytes = memory.AsSpan<byte>(at, (int)Math.Min(BlockBytes, layout.Length - at));
                for (var read = 0; read < bytes.Length;)
                {
                    var got = RandomAccess.Read(handle, bytes[read..], start + at + read);
                    read += got > 0 ? got : throw new CheckpointException(path, $"block {block}", $"{bytes.Length} bytes", $"{read}");
                }

                Require(path, $"checksum of block {block}", $"{header.Blocks[block]:x8}", $"{Checksums.Crc32C(bytes):x8}");
            });
            var weights = new PackedCsmWeights(layout, memory);
            weights.ReadNorms();
            return weights;
        }
        catch (AggregateException e) when (e.InnerException is CheckpointException fault)
        {
            memory.Dispose();
            throw fault;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>The formats, in words that a file keeps.</summary>
    internal static string Describe(CsmPacking packing) => $"{packing.Backbone} backbone, {packing.Layers} layers, {packing.Heads} heads, {packing.Tables} tables, groups of {packing.GroupSize}";

    /// <summary>The shape, in words that a file keeps.</summary>
    internal static string Shape(CsmConfig config) => JsonSerializer.Serialize(config);

    private static uint[] Checksum(NativeBuffer memory)
    {
        var blocks = new uint[(memory.Length + BlockBytes - 1) / BlockBytes];
        Parallel.For(0, blocks.Length, block =>
        {
            var at = (long)block * BlockBytes;
            blocks[block] = Checksums.Crc32C(memory.AsSpan<byte>(at, (int)Math.Min(BlockBytes, memory.Length - at)));
        });
        return blocks;
    }

    private static (Header Header, long Start) ReadHeader(Microsoft.Win32.SafeHandles.SafeFileHandle handle, string path, long length)
    {
        Span<byte> first = stackalloc byte[16];
        var isOurs = RandomAccess.Read(handle, first, 0) == 16 && first[..8].SequenceEqual(Magic);
        var headerLength = isOurs ? BinaryPrimitives.ReadInt64LittleEndian(first[8..]) : 0;
        if (headerLength is < 2 or > 1 << 24 || headerLength > length - 16)
        {
            throw new CheckpointException(path, null, "packed CSM weights", "something else");
        }

        try
        {
            var json = new byte[headerLength];
            RandomAccess.Read(handle, json, 16);
            return (JsonSerializer.Deserialize<Header>(json, HeaderJson) ?? throw new JsonException("null"), DataStart((int)headerLength));
        }
        catch (JsonException fault)
        {
            throw new CheckpointException(path, "header", "JSON", fault.Message);
        }
    }

    private static long DataStart(int headerLength) => (16L + headerLength + Alignment - 1) / Alignment * Alignment;

    private static void Require(string path, string subject, string expected, string found)
    {
        if (!string.Equals(expected, found, StringComparison.Ordinal))
        {
            throw new CheckpointException(path, subject, expected, found, "Delete the file; it is packed again from the checkpoint.");
        }
    }

    private sealed record Header(int Version, string Source, string Model, string Packing, long Length, uint[] Blocks);
}
