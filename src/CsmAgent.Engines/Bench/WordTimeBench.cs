using CsmAgent.Audio;
using CsmAgent.Engines.Listening.PocketSphinx;
using CsmAgent.Engines.Speaking.Csm;
using CsmAgent.Engines.Speaking.Flite;
using CsmAgent.Engines.Voices;

namespace CsmAgent.Engines.Bench;

/// <summary>How well the agent knows which word it is speaking: what a reply that is cut keeps of its text depends on it.</summary>
/// <remarks>
/// The bootstrap voice knows its own segments: its word ends are compared with those that a recogniser, which knows nothing of them,
/// finds in the sound. CSM's estimate knows only text and length: it is compared with the segments of the bootstrap voice.
/// </remarks>
public static class WordTimeBench
{
    /// <summary>Measures.</summary>
    /// <param name="texts">What is spoken; only texts that are recognised word for word count for the first comparison.</param>
    /// <param name="voice">The flite voice.</param>
    /// <param name="modelFolder">The recogniser's model.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<BenchReport> RunAsync(IReadOnlyList<string> texts, string voice, string modelFolder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var flite = FliteVoice.Load(voice);
        await using var ears = (PocketSphinxSession)await new PocketSphinxRecognizer(modelFolder).OpenAsync(cancellationToken);
        var alignment = new SpeechAlignment();
        List<double> own = [], guessed = [], wordsOff = [];
        var recognised = 0;
        foreach (var text in texts)
        {
            // The recogniser leaves silence at the beginning out and counts from there.
            var speech = flite.Speak(text, new BootstrapVoice(voice)).WithoutLead();
            var heard = await WordsAsync(ears, speech.Samples, cancellationToken);
            var tokens = speech.Tokens;
            if (heard.Select(word => word.Word).SequenceEqual(Words(text)) && heard.Count == tokens.Count)
            {
                recognised++;
                own.AddRange(heard.Zip(tokens, (word, token) => (token.EndSeconds - word.EndSeconds) * 1000));
            }

            Guess(text, speech, alignment, guessed, wordsOff);
        }

        var report = new BenchReport($"Word ends of {texts.Count} sentences spoken by flite {voice}: {recognised} were recognised word for word.");
        Spread(report, "ownTimesMs", own);
        Spread(report, "estimatedTimesMs", guessed);
        report.Add("estimatedWordsOff.mean", wordsOff.Average(), "words");
        report.Add("estimatedWordsOff.p95", Absolute(wordsOff)[(int)(wordsOff.Count * 0.95)], "words");
        return report;
    }

    private static async Task<IReadOnlyList<(string Word, double EndSeconds)>> WordsAsync(PocketSphinxSession ears, float[] samples, CancellationToken cancellationToken)
    {
        // The recogniser does not hear a last word that ends with the sound.
        float[] padded = [.. samples, .. new float[AudioFormat.SampleRateHz / 4]];
        await ears.StartAsync(cancellationToken);
        await ears.AcceptAsync(padded, cancellationToken);
        await ears.FinishAsync(cancellationToken);
        return ears.Words;
    }

    // When the estimate says that a word is over, against when it was; and how many words a cut at each frame would get wrong.
    private static void Guess(string text, FliteSpeech speech, SpeechAlignment alignment, List<double> errors, List<double> wordsOff)
    {
        const double FrameSeconds = 1 / AudioFormat.FramesPerSecond;
        var frames = (int)Math.Ceiling(speech.Samples.Length / (double)AudioFormat.FrameSamples);
        foreach (var (end, characters) in speech.Tokens)
        {
            var frame = Enumerable.Range(1, frames).FirstOrDefault(frame => alignment.CharactersAfter(text, frame) >= characters, frames);
            errors.Add(((frame * FrameSeconds) - end) * 1000);
        }

        for (var frame = 1; frame <= frames; frame++)
        {
            wordsOff.Add(Words(text[..alignment.CharactersAfter(text, frame)]).Length - Words(text[..speech.CharactersAt(frame * FrameSeconds)]).Length);
        }

        alignment.Learn(text, frames);
    }

    private static string[] Words(string text) =>
        text.ToLowerInvariant().Split((char[])[' ', ',', '.', '?', '!', ';', ':'], StringSplitOptions.RemoveEmptyEntries);

    private static void Spread(BenchReport report, string key, List<double> errors)
    {
        report.Add($"{key}.words", errors.Count);
        if (errors.Count > 0)
        {
            var sorted = Absolute(errors);
            report.Add($"{key}.bias", errors.Average(), "ms");
            report.Add($"{key}.p50", sorted[sorted.Length / 2], "ms");
            report.Add($"{key}.p95", sorted[(int)(sorted.Length * 0.95)], "ms");
        }
    }

    private static double[] Absolute(IEnumerable<double> errors) => [.. errors.Select(Math.Abs).Order()];
}
