using System.Security.Cryptography;
using System.Text;
using CsmAgent.Models.Csm.Packed;

namespace CsmAgent.Engines.Speaking.Csm;

/// <summary>A model's prefilled voice prompts on disk, so that a voice speaks at once after a start.</summary>
/// <param name="model">The model.</param>
/// <param name="folder">Where they lie; made when the first is kept.</param>
/// <param name="source">Names the checkpoint the model came from.</param>
/// <param name="notice">Told when a prompt cannot be kept.</param>
internal sealed class CsmPromptCache(PackedCsmModel model, string folder, string source, Action<string> notice)
{
    /// <summary>Opens a prompt that was kept.</summary>
    /// <param name="prompt">All that the prompt's rows are made from.</param>
    /// <param name="positionLimit">The most rows; null takes what the model was built for.</param>
    /// <returns>The session, or null if there is none that is whole and of this prompt and model.</returns>
    public PackedCsmSession? TryOpen(string prompt, int? positionLimit)
    {
        var key = Key(prompt);
        return PromptCacheFile.TryLoad(model, PathOf(key), key, positionLimit);
    }

    /// <summary>Keeps a prompt; if the disk takes nothing, it is run again at the next start.</summary>
    public void Keep(string prompt, PackedCsmSession session)
    {
        var key = Key(prompt);
        try
        {
            PromptCacheFile.Save(session, PathOf(key), key);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            notice($"A voice's prefilled prompt cannot be kept, so the next start runs it again: {fault.Message}");
        }
    }

    /// <summary>Names recorded samples.</summary>
    public static string NameOf(ReadOnlySpan<float> samples) =>
        Convert.ToHexStringLower(SHA256.HashData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(samples)));

    private byte[] Key(string prompt) => PromptCacheFile.KeyFor(model.Weights, source, Encoding.UTF8.GetBytes(prompt));

    private string PathOf(byte[] key) => Path.Combine(folder, $"{Convert.ToHexStringLower(key.AsSpan(0, 12))}.prompt");
}
