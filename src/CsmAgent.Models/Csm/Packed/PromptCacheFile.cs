using System.Security.Cryptography;
using System.Text;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>A prefilled prompt on disk: keys, values and the last hidden vector, so that a voice speaks at once after a start.</summary>
/// <remarks>The key ties the file to the model's weights, their packing and the prompt; a file of anything else is as good as none.</remarks>
public static class PromptCacheFile
{
    private const int KeyBytes = 32;
    private static readonly byte[] Magic = "CSMPROM1"u8.ToArray();

    /// <summary>Names a prompt of a model.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="source">Names the checkpoint the weights came from (<see cref="PackedCsmFile.SourceOf"/>).</param>
    /// <param name="prompt">What the prompt is: its rows, or all that they are made from.</param>
    public static byte[] KeyFor(PackedCsmWeights weights, string source, ReadOnlySpan<byte> prompt)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{PackedCsmFile.Version} {source} {PackedCsmFile.Describe(weights.Packing)} {PackedCsmFile.Shape(weights.Config)}"));
        hash.AppendData(prompt);
        return hash.GetHashAndReset();
    }

    /// <summary>Writes a session's state; the file is replaced only once the new one is whole.</summary>
    /// <param name="session">A session that holds exactly the prompt.</param>
    /// <param name="path">The file.</param>
    /// <param name="key">Names the prompt.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(PackedCsmSession session, string path, ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyBytes, nameof(key));
        using var content = new MemoryStream();
        content.Write(Magic);
        content.Write(key);
        session.Write(content);
        var bytes = content.GetBuffer().AsSpan(0, (int)content.Length);

        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        var part = Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}.part");
        try
        {
            using (var stream = File.Create(part))
            {
                stream.Write(bytes);
                stream.Write(SHA256.HashData(bytes));
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

    /// <summary>Opens a session from a file.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file.</param>
    /// <param name="key">Names the prompt.</param>
    /// <param name="positionLimit">The most rows, at least the prompt's; null takes what the model was built for.</param>
    /// <returns>The session, or null if there is no such file, it is damaged, or it is of another prompt or model.</returns>
    public static PackedCsmSession? TryLoad(PackedCsmModel model, string path, ReadOnlySpan<byte> key, int? positionLimit = null)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var bytes = File.ReadAllBytes(path);
        var head = Magic.Length + KeyBytes;
        if (bytes.Length < head + KeyBytes
            || !bytes.AsSpan(0, Magic.Length).SequenceEqual(Magic)
            || !bytes.AsSpan(Magic.Length, KeyBytes).SequenceEqual(key)
            || !SHA256.HashData(bytes.AsSpan(..^KeyBytes)).AsSpan().SequenceEqual(bytes.AsSpan(^KeyBytes..)))
        {
            return null;
        }

        var session = model.OpenSession(positionLimit);
        try
        {
            session.Read(new MemoryStream(bytes, head, bytes.Length - head - KeyBytes, writable: false));
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
