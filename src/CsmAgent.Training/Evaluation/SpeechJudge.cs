using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using CsmAgent.Audio.Files;
using CsmAgent.Audio.Resampling;

namespace CsmAgent.Training.Evaluation;

/// <summary>Recognises recordings with PocketSphinx's batch program, whole-file cepstral normalisation and its US English model.</summary>
public static class SpeechJudge
{
    private const int RecogniserHz = 16_000;
    private const string DefaultModel = "/usr/share/pocketsphinx/model/en-us";

    /// <summary>What is heard in each recording.</summary>
    /// <param name="recordings">Samples at 24 kHz.</param>
    /// <param name="closedTo">Judges the sound alone: only these texts' words, in any order, with their frequency. Null: the general language model.</param>
    /// <param name="cancellationToken">Ends the recogniser.</param>
    /// <exception cref="InvalidOperationException">The program or its model is missing; the message says what to install.</exception>
    public static async Task<IReadOnlyList<string>> HearAsync(
        IReadOnlyList<float[]> recordings, IReadOnlyList<string>? closedTo = null, CancellationToken cancellationToken = default)
    {
        var model = Environment.GetEnvironmentVariable("POCKETSPHINX_MODEL") ?? DefaultModel;
        if (!Directory.Exists(Path.Combine(model, "en-us")))
        {
            throw new InvalidOperationException($"No acoustic model in {model}. Install pocketsphinx-en-us, or name its folder in POCKETSPHINX_MODEL.");
        }

        var folder = Directory.CreateTempSubdirectory("judge-").FullName;
        try
        {
            for (var i = 0; i < recordings.Count; i++)
            {
                var path = Path.Combine(folder, $"u{i:d5}.wav");
                WavFile.Write(path, Resampler.Resample([.. recordings[i].Select(sample => Math.Clamp(sample, -1, 1))], 24_000, RecogniserHz), RecogniserHz);
            }

            var list = Path.Combine(folder, "ctl");
            await File.WriteAllLinesAsync(list, Enumerable.Range(0, recordings.Count).Select(i => $"u{i:d5}"), cancellationToken);
            var language = Path.Combine(model, "en-us.lm.bin");
            var dictionary = Path.Combine(model, "cmudict-en-us.dict");
            if (closedTo is not null)
            {
                language = Path.Combine(folder, "closed.lm");
                await File.WriteAllLinesAsync(language, ClosedModel(closedTo, dictionary), cancellationToken);
            }

            await RunAsync(
                ["-hmm", Path.Combine(model, "en-us"), "-lm", language, "-dict", dictionary, "-adcin", "yes", "-adchdr", "44",
                 "-cepdir", folder, "-cepext", ".wav", "-ctl", list, "-hyp", Path.Combine(folder, "hyp"), "-logfn", "/dev/null"],
                cancellationToken);
            return Hypotheses(await File.ReadAllLinesAsync(Path.Combine(folder, "hyp"), cancellationToken), recordings.Count);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Word errors of recordings against their texts.</summary>
    /// <param name="recordings">Samples at 24 kHz.</param>
    /// <param name="texts">What each should say.</param>
    /// <param name="isClosed">True for the texts' own words only.</param>
    /// <param name="cancellationToken">Ends the recogniser.</param>
    /// <returns>Errors and what was heard, one per recording.</returns>
    public static async Task<IReadOnlyList<(WordErrors Errors, string Heard)>> JudgeAsync(
        IReadOnlyList<float[]> recordings, IReadOnlyList<string> texts, bool isClosed, CancellationToken cancellationToken = default)
    {
        var heard = await HearAsync(recordings, isClosed ? texts : null, cancellationToken);
        return [.. heard.Select((words, i) => (WordErrors.Count(texts[i], words), words))];
    }

    /// <summary>Reads lines such as <c>good morning (u00003 -1234)</c>; a recording in which nothing was heard has no words.</summary>
    internal static IReadOnlyList<string> Hypotheses(IEnumerable<string> lines, int count)
    {
        var heard = Enumerable.Repeat(string.Empty, count).ToArray();
        foreach (var line in lines)
        {
            var at = line.LastIndexOf("(u", StringComparison.Ordinal);
            if (at >= 0 && int.TryParse(line.AsSpan(at + 2, 5), NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < count)
            {
                heard[index] = line[..at].Trim();
            }
        }

        return heard;
    }

    // A unigram model of the texts' words that the dictionary knows.
    internal static IReadOnlyList<string> ClosedModel(IReadOnlyList<string> texts, string dictionary)
    {
        var known = File.ReadLines(dictionary).Select(line => line.Split(' ', 2)[0]).ToHashSet(StringComparer.Ordinal);
        var counts = texts.SelectMany(SpokenWords.Of).Where(known.Contains).CountBy(word => word).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList();
        counts.Add(new("</s>", texts.Count));
        var total = counts.Sum(pair => pair.Value) + counts.Count;
        return
        [
            "\\data\\", $"ngram 1={counts.Count + 1}", "", "\\1-grams:", "-99 <s>",
            .. counts.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{Math.Log10((pair.Value + 1.0) / total):f4} {pair.Key}")),
            "", "\\end\\",
        ];
    }

    private static async Task RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("pocketsphinx_batch", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_NUM_THREADS"] = "1";
        try
        {
            using var process = Process.Start(start)!;
            using var stop = cancellationToken.Register(() => process.Kill());
            var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            var errors = await process.StandardError.ReadToEndAsync(CancellationToken.None);
            await output;
            await process.WaitForExitAsync(CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"pocketsphinx_batch failed with {process.ExitCode}: {errors.Trim()}");
            }
        }
        catch (Win32Exception fault)
        {
            throw new InvalidOperationException($"The judge needs the program pocketsphinx_batch ({fault.Message}). Install the package pocketsphinx.", fault);
        }
    }
}
