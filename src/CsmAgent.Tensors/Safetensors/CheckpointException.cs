namespace CsmAgent.Tensors.Safetensors;

/// <summary>A checkpoint file that cannot be used as it is. The message names file, tensor, what was expected and what was found.</summary>
public sealed class CheckpointException : IOException
{
    /// <summary>Describes one fault.</summary>
    /// <param name="file">Path of the file.</param>
    /// <param name="subject">The tensor or header field at fault; null when it is the file as a whole.</param>
    /// <param name="expected">What was expected there.</param>
    /// <param name="found">What was found there.</param>
    /// <param name="advice">What to do, if the reader can tell.</param>
    public CheckpointException(string file, string? subject, string expected, string found, string? advice = null)
        : base($"{file}: {(subject is null ? string.Empty : $"'{subject}': ")}expected {expected}, found {found}.{(advice is null ? string.Empty : $" {advice}")}")
    {
        FilePath = file;
        Subject = subject;
        Expected = expected;
        Found = found;
    }

    /// <summary>Path of the file.</summary>
    public string FilePath { get; }

    /// <summary>The tensor or header field at fault; null when it is the file as a whole.</summary>
    public string? Subject { get; }

    /// <summary>What was expected.</summary>
    public string Expected { get; }

    /// <summary>What was found.</summary>
    public string Found { get; }
}
