using System.Globalization;
using CsmAgent.Audio;
using CsmAgent.Conversation.Ports;
using CsmAgent.Tensors.Safetensors;

namespace CsmAgent.Cli.Codes;

/// <summary>Speech as codec codes in a file: safetensors with one tensor <c>codes</c>, int32 [codebooks, frames], semantic codebook
/// first, and the metadata <c>format</c>, <c>samples</c> (length of the sound at 24 kHz) and <c>frames_per_second</c>.</summary>
/// <param name="Frames">Oldest first; all with the same number of codes.</param>
/// <param name="SampleCount">Length of the sound at 24 kHz; at most 1920 for each frame, the last may be padding in part.</param>
internal sealed record CodesFile(IReadOnlyList<CodeFrame> Frames, int SampleCount)
{
    private const string Format = "csm-agent codes 1";
    private const string Tensor = "codes";

    /// <summary>Writes the file, replacing what was there.</summary>
    public void Write(string path)
    {
        var codebooks = Frames[0].Codes.Length;
        var codes = new int[codebooks * Frames.Count];
        for (var frame = 0; frame < Frames.Count; frame++)
        {
            for (var codebook = 0; codebook < codebooks; codebook++)
            {
                codes[(codebook * Frames.Count) + frame] = Frames[frame].Codes.Span[codebook];
            }
        }

        SafetensorsWriter.Write(
            path,
            [StoredTensor.Of<int>(Tensor, TensorDType.I32, [codebooks, Frames.Count], codes)],
            new Dictionary<string, string>
            {
                ["format"] = Format,
                ["samples"] = SampleCount.ToString(CultureInfo.InvariantCulture),
                ["frames_per_second"] = AudioFormat.FramesPerSecond.ToString(CultureInfo.InvariantCulture),
            });
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="CliException">It is none; the message names what was found instead.</exception>
    public static CodesFile Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new CliException(ExitCode.Missing, $"There is no file {path}.");
        }

        using var file = SafetensorsFile.Open(path);
        if (!file.Tensors.TryGetValue(Tensor, out var info) || info.DType != TensorDType.I32 || info.Shape.Count != 2 || info.Shape.Any(size => size < 1))
        {
            var found = string.Join(", ", file.Tensors.Values.Take(3).Select(tensor => $"{tensor.Name} {TensorInfo.Describe(tensor.DType, tensor.Shape)}"));
            throw new CliException(ExitCode.Usage, $"{path} holds no codes: expected a tensor 'codes' of I32 [codebooks, frames], found {(found.Length == 0 ? "none" : found)}.");
        }

        var (codebooks, count) = ((int)info.Shape[0], (int)info.Shape[1]);
        var whole = (long)count * AudioFormat.FrameSamples;
        if (!int.TryParse(file.Metadata.GetValueOrDefault("samples", $"{whole}"), NumberStyles.None, CultureInfo.InvariantCulture, out var samples)
            || samples > whole)
        {
            throw new CliException(ExitCode.Usage, $"{path}: the metadata 'samples' is {file.Metadata["samples"]}; expected 0 to {whole}, 1920 a frame.");
        }

        var codes = file.Span<int>(Tensor);
        var frames = new CodeFrame[count];
        for (var frame = 0; frame < count; frame++)
        {
            var column = new int[codebooks];
            for (var codebook = 0; codebook < codebooks; codebook++)
            {
                column[codebook] = codes[(codebook * count) + frame];
            }

            frames[frame] = new CodeFrame(column);
        }

        return new(frames, samples);
    }
}
