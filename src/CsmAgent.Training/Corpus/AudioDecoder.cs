using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using CsmAgent.Audio.Files;

namespace CsmAgent.Training.Corpus;

/// <summary>Decodes corpus files to 16 bit at 24 kHz, mono: WAV by ourselves, Opus with Debian's opusdec.</summary>
internal static class AudioDecoder
{
    /// <summary>All samples of a file.</summary>
    /// <exception cref="InvalidDataException">The file cannot be read, or opusdec is missing; the message says which and why.</exception>
    public static short[] Decode(string file) =>
        Path.GetExtension(file).Equals(".opus", StringComparison.OrdinalIgnoreCase) ? DecodeOpus(file) : DecodeWav(file);

    private static short[] DecodeWav(string file)
    {
        try
        {
            return [.. WavFile.Read(file).ToHouseFormat().Select(sample => (short)Math.Clamp(MathF.Round(sample * 32_768), short.MinValue, short.MaxValue))];
        }
        catch (AudioFileException fault)
        {
            throw new InvalidDataException(fault.Message, fault);
        }
    }

    private static short[] DecodeOpus(string file)
    {
        var start = new ProcessStartInfo("opusdec", ["--quiet", "--rate", "24000", file, "-"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            using var bytes = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(bytes);
            process.WaitForExit();
            return process.ExitCode == 0
                ? MemoryMarshal.Cast<byte, short>(bytes.GetBuffer().AsSpan(0, (int)(bytes.Length / sizeof(short) * sizeof(short)))).ToArray()
                : throw new InvalidDataException($"{file}: opusdec could not decode it: {errors.GetAwaiter().GetResult().Trim()}");
        }
        catch (Win32Exception fault)
        {
            throw new InvalidDataException($"{file}: needs the program opusdec ({fault.Message}). Install the package opus-tools.", fault);
        }
    }
}
