using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CsmAgent.Models.Hub;

/// <summary>Hashes a file in one pass, both ways a hub names content.</summary>
public static class ContentHash
{
    private const int BlockBytes = 1 << 20;

    /// <summary>Computes the hashes of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="progress">Told the bytes read so far, about once per 64 MiB; null for silence.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <returns>Lower-case hex: SHA-256 of the content, and git's SHA-1 of <c>blob LENGTH\0</c> and the content.</returns>
    public static async Task<(string Sha256, string GitSha1, long Bytes)> ComputeAsync(
        string path, Action<long>? progress, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
#pragma warning disable CA5350 // git names blobs by SHA-1; it identifies small files here and protects nothing.
        using var sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        sha1.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {file.Length}\0")));
        var block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            long done = 0;
            int read;
            while ((read = await file.ReadAsync(block, cancellationToken)) > 0)
            {
                sha256.AppendData(block, 0, read);
                sha1.AppendData(block, 0, read);
                done += read;
                if (done % (64L << 20) < read)
                {
                    progress?.Invoke(done);
                }
            }

            return (Convert.ToHexStringLower(sha256.GetHashAndReset()), Convert.ToHexStringLower(sha1.GetHashAndReset()), done);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}
