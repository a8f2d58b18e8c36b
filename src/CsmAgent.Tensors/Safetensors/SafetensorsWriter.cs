using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace CsmAgent.Tensors.Safetensors;

/// <summary>Writes safetensors files. The target appears complete or not at all.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes the tensors to a temporary file beside <paramref name="path"/>, then renames it over.</summary>
    /// <param name="path">The target; an existing file is replaced.</param>
    /// <param name="tensors">What to store; order does not matter.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>; null for none.</param>
    /// <exception cref="ArgumentException">Two tensors have one name.</exception>
    /// <exception cref="IOException">The disk is full or the folder cannot be written; the old file is untouched.</exception>
    public static void Write(string path, IEnumerable<StoredTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        // Widest elements first, so that every tensor is aligned to its element size.
        var ordered = tensors.OrderByDescending(tensor => tensor.DType.ByteCount()).ThenBy(tensor => tensor.Name, StringComparer.Ordinal).ToList();
        if (ordered.GroupBy(tensor => tensor.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"{path}: tensor '{twice.Key}' was given {twice.Count()} times.", nameof(tensors));
        }

        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
            {
                stream.Write(Header(ordered, metadata));
                foreach (var tensor in ordered)
                {
                    tensor.WriteTo(stream);
                }

                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static byte[] Header(List<StoredTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            foreach (var tensor in tensors)
            {
                WriteEntry(json, tensor, offset);
                offset += tensor.ByteCount;
            }

            json.WriteEndObject();
        }

        // Spaces after the JSON bring the data to a multiple of eight bytes.
        var padded = (buffer.WrittenCount + 7) / 8 * 8;
        var header = new byte[8 + padded];
        header.AsSpan(8).Fill((byte)' ');
        BinaryPrimitives.WriteInt64LittleEndian(header, padded);
        buffer.WrittenSpan.CopyTo(header.AsSpan(8));
        return header;
    }

    private static void WriteEntry(Utf8JsonWriter json, StoredTensor tensor, long offset)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.DType.FileName());
        json.WriteStartArray("shape");
        foreach (var size in tensor.Shape)
        {
            json.WriteNumberValue(size);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + tensor.ByteCount);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
