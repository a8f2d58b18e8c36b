using CsmAgent.Tensors.Safetensors;

namespace CsmAgent.Training.Speech;

/// <summary>Codes of a corpus in a file that knows what they were made from.</summary>
internal static class CodeFile
{
    private const string Codes = "codes";

    /// <summary>Reads the codes, or makes them and writes the file.</summary>
    /// <param name="file">Where it lies.</param>
    /// <param name="key">What the codes are made from.</param>
    /// <param name="frames">Frames in all.</param>
    /// <param name="codebooks">Codes per frame.</param>
    /// <param name="codebookSize">Codes are below this.</param>
    /// <param name="make">Makes them, row-major [frames, codebooks].</param>
    /// <exception cref="CheckpointException">The file is damaged, or its codes were made from something else.</exception>
    public static short[] Open(string file, string key, long frames, int codebooks, int codebookSize, Func<short[]> make)
    {
        using var stored = KeyedFile.Open(file, key, Codes, TensorDType.I16, [frames, codebooks], make);
        var codes = stored.Span<short>(Codes);
        return codes.IndexOfAnyExceptInRange((short)0, (short)(codebookSize - 1)) is var wrong && wrong < 0
            ? codes.ToArray()
            : throw KeyedFile.Damaged(stored, Codes, $"codes from 0 to {codebookSize - 1}", $"{codes[wrong]}");
    }
}
