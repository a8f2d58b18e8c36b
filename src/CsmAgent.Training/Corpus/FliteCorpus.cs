using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using CsmAgent.Audio.Files;

namespace CsmAgent.Training.Corpus;

/// <summary>Makes a corpus folder with Debian's flite: robotic, free, labelled, and there in seconds. Good for trying a
/// training out; not a voice to keep.</summary>
public static class FliteCorpus
{
    /// <summary>The voices of flite that are worth learning from.</summary>
    public static IReadOnlyList<string> Voices { get; } = ["slt", "rms", "awb", "kal16"];

    /// <summary>Speaks every text in every voice and writes audio and <c>index.tsv</c>.</summary>
    /// <param name="texts">Sentences.</param>
    /// <param name="voices">Names of flite voices.</param>
    /// <param name="folder">Where; made if missing.</param>
    /// <param name="progress">Told the share done; null for silence.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Seconds of speech.</returns>
    /// <exception cref="InvalidOperationException">flite is missing or does not know a voice.</exception>
    public static double Make(
        IReadOnlyList<string> texts, IReadOnlyList<string> voices, string folder, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(folder);
        var index = new List<string> { "file\tstart\tsamples\tvoice\ttext\tphones" };
        long total = 0;
        var done = 0;
        foreach (var voice in voices)
        {
            var audio = new List<float>();
            foreach (var text in texts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var (samples, phones) = Speak(voice, text);
                index.Add(string.Join('\t', voice + ".wav", audio.Count, samples.Length, voice, text.Replace('\t', ' ').Trim(), phones));
                audio.AddRange(samples);
                progress?.Report(++done / (double)(voices.Count * texts.Count));
            }

            WavFile.Write(Path.Combine(folder, voice + ".wav"), [.. audio]);
            total += audio.Count;
        }

        File.WriteAllLines(Path.Combine(folder, "index.tsv"), index);
        return total / 24_000.0;
    }

    /// <summary>Phone runs of 20 ms from flite's list of phones and end times (<c>pau:0.164 hh:0.255</c>).</summary>
    /// <param name="timed">The list.</param>
    internal static string Runs(string timed)
    {
        var runs = new List<string>();
        var label = 0;
        foreach (var entry in timed.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = entry.LastIndexOf(':');
            var end = (int)Math.Round(double.Parse(entry.AsSpan(colon + 1), CultureInfo.InvariantCulture) * 50);
            var symbol = entry[..colon] == "pau" ? PhoneRuns.Silence : entry[..colon];
            if (end > label)
            {
                runs.Add($"{symbol}{end - label}");
                label = end;
            }
        }

        return string.Join(' ', runs);
    }

    private static (float[] Samples, string Phones) Speak(string voice, string text)
    {
        var file = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo("flite", ["-psdur", "-voice", voice, "-t", text, "-o", file]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var phones = Runs(process.StandardOutput.ReadToEnd());
            process.WaitForExit();
            if (process.ExitCode != 0 || phones.Length == 0)
            {
                throw new InvalidOperationException($"flite could not say '{text}' as {voice}: {errors.GetAwaiter().GetResult().Trim()}");
            }

            var samples = WavFile.Read(file).ToHouseFormat();
            // Whole frames; the level of the desk corpus.
            var whole = new float[(samples.Length + 1_919) / 1_920 * 1_920];
            var gain = 0.075f / MathF.Max(1e-4f, MathF.Sqrt(samples.Sum(sample => sample * sample) / samples.Length));
            for (var i = 0; i < samples.Length; i++)
            {
                whole[i] = Math.Clamp(samples[i] * gain, -1, 1);
            }

            return (whole, phones);
        }
        catch (Win32Exception fault)
        {
            throw new InvalidOperationException($"Making a corpus needs the program flite ({fault.Message}). Install the package flite.", fault);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
