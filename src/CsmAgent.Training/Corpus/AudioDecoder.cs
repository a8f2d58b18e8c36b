using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CsmAgent.Training.Corpus;

/// <summary>Decodes corpus files to 16 bit at 24 kHz, mono, with the programs a Debian system has (opusdec, sox).</summary>
internal static class AudioDecoder
{
    /// <summary>All samples of a file.</summary>
    /// <exception cref="InvalidDataException">The program is missing or cannot read the file; the message says which and why.</exception>
    public static short[] Decode(string file)
    {
        var opus = Path.GetExtension(file).Equals(".opus", StringComparison.OrdinalIgnoreCase);
        var (program, package) = opus ? ("opusdec", "opus-tools") : ("sox", "sox");
        string[] arguments = opus
            ? ["--quiet", "--rate", "24000", file, "-"]
            : ["-V1", file, "-t", "raw", "-r", "24000", "-c", "1", "-b", "16", "-e", "signed-integer", "-"];
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            using var bytes = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(bytes);
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new InvalidDataException($"{file}: {program} could not decode it: {errors.GetAwaiter().GetResult().Trim()}");
            }

            return MemoryMarshal.Cast<byte, short>(bytes.GetBuffer().AsSpan(0, (int)(bytes.Length / 2 * 2))).ToArray();
        }
        catch (System.ComponentModel.Win32Exception fault)
        {
            throw new InvalidDataException($"{file}: needs the program {program} ({fault.Message}). Install the package {package}.", fault);
        }
    }
}
