using System.Buffers.Binary;
using System.Text;

namespace CsmAgent.Audio.Files;

/// <summary>Marks places in a finished WAV file: a <c>cue </c> chunk with the positions and a <c>LIST adtl</c> chunk with their names,
/// as editors and players read them.</summary>
public static class WavChapters
{
    private const int MaxNameBytes = 200;

    /// <summary>Appends the marks to a file that <see cref="WavWriter"/> has closed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="marks">Positions in samples per channel, and names; the file is left alone when there are none.</param>
    /// <exception cref="AudioFileException">The file is no WAV file or cannot be written.</exception>
    public static void Append(string path, IReadOnlyList<(long Sample, string Name)> marks)
    {
        ArgumentNullException.ThrowIfNull(marks);
        if (marks.Count == 0)
        {
            return;
        }

        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            Span<byte> head = stackalloc byte[12];
            if (file.ReadAtLeast(head, 12, throwOnEndOfStream: false) < 12 || !head[..4].SequenceEqual("RIFF"u8) || !head[8..].SequenceEqual("WAVE"u8))
            {
                throw new AudioFileException($"'{path}' is no WAV file; chapters can be added to one only.");
            }

            file.Seek(0, SeekOrigin.End);
            WriteCues(file, marks);
            WriteNames(file, marks);
            Span<byte> size = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(size, checked((uint)(file.Length - 8)));
            file.Seek(4, SeekOrigin.Begin);
            file.Write(size);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or OverflowException)
        {
            throw new AudioFileException($"'{path}': chapters cannot be written: {problem.Message}", problem);
        }
    }

    private static void WriteCues(FileStream file, IReadOnlyList<(long Sample, string Name)> marks)
    {
        var chunk = new byte[12 + (24 * marks.Count)];
        "cue "u8.CopyTo(chunk);
        BinaryPrimitives.WriteUInt32LittleEndian(chunk.AsSpan(4), (uint)(chunk.Length - 8));
        BinaryPrimitives.WriteUInt32LittleEndian(chunk.AsSpan(8), (uint)marks.Count);
        for (var i = 0; i < marks.Count; i++)
        {
            var cue = chunk.AsSpan(12 + (24 * i));
            BinaryPrimitives.WriteUInt32LittleEndian(cue, (uint)(i + 1));
            BinaryPrimitives.WriteUInt32LittleEndian(cue[4..], (uint)marks[i].Sample);
            "data"u8.CopyTo(cue[8..]);
            BinaryPrimitives.WriteUInt32LittleEndian(cue[20..], (uint)marks[i].Sample);
        }

        file.Write(chunk);
    }

    private static void WriteNames(FileStream file, IReadOnlyList<(long Sample, string Name)> marks)
    {
        using var list = new MemoryStream();
        list.Write("adtl"u8);
        Span<byte> head = stackalloc byte[12];
        for (var i = 0; i < marks.Count; i++)
        {
            var name = Encoding.UTF8.GetBytes(Shorten(marks[i].Name));
            "labl"u8.CopyTo(head);
            BinaryPrimitives.WriteUInt32LittleEndian(head[4..], (uint)(4 + name.Length + 1));
            BinaryPrimitives.WriteUInt32LittleEndian(head[8..], (uint)(i + 1));
            list.Write(head);
            list.Write(name);
            list.WriteByte(0);
            if (((name.Length + 1) & 1) != 0)
            {
                list.WriteByte(0);
            }
        }

        "LIST"u8.CopyTo(head);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], (uint)list.Length);
        file.Write(head[..8]);
        list.Position = 0;
        list.CopyTo(file);
    }

    private static string Shorten(string name)
    {
        while (Encoding.UTF8.GetByteCount(name) > MaxNameBytes)
        {
            name = name[..^(char.IsLowSurrogate(name[^1]) ? 2 : 1)];
        }

        return name;
    }
}
