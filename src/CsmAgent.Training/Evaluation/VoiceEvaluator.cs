using System.Diagnostics;
using System.Text.Json;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Models.Mimi;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Sampling;
using CsmAgent.Training.Corpus;
using CsmAgent.Training.Optimization;
using CsmAgent.Training.Speech;
using static TorchSharp.torch;

namespace CsmAgent.Training.Evaluation;

/// <summary>Judges codec and voice on held-out sentences: recogniser's word errors beside the source's own, voice, ends, speed.</summary>
public sealed class VoiceEvaluator(EvaluationOptions options, IProgress<string>? progress = null)
{
    // Slow speech takes about two frames a word's letter pair; twice that and two seconds is surely a runaway.
    private const int FramesPerLetter = 2;
    private const int ExtraFrames = 25;
    private const int PrintsPerVoice = 30;
    private static readonly JsonSerializerOptions WriteOptions = new() { WriteIndented = true };

    /// <summary>Speaks, listens and writes <c>report.html</c> and <c>figures.json</c>.</summary>
    /// <param name="cancellationToken">Ends the work; nothing is written.</param>
    public async Task<Evaluation> RunAsync(CancellationToken cancellationToken = default)
    {
        TorchThreads.UseOnePerWorker();
        using var corpus = PreparedCorpus.Open(options.Corpus);
        using var codec = MimiCheckpoint.Load(options.Codec);
        var items = Choose(corpus);
        var texts = items.Select(item => corpus.Items[item].Text).ToList();
        var voices = items.Select(item => corpus.Items[item].Voice).ToList();
        var learnt = Enumerable.Range(0, corpus.Items.Count).Where(i => !corpus.Items[i].IsHeldOut).ToLookup(i => corpus.Items[i].Voice);
        var prints = corpus.Voices.ToDictionary(voice => voice, voice => VoicePrint.Of(learnt[voice].Take(PrintsPerVoice).Select(corpus.Read)));
        var source = items.Select(corpus.Read).ToList();

        var speech = new List<JudgedSpeech> { await JudgeAsync("source", source, texts, voices, prints, null, cancellationToken) };
        var clock = Stopwatch.StartNew();
        var encoded = source.Select(audio => Frames(audio, codec)).ToList();
        var resynthesis = encoded.Select(frames => Decode(frames, codec)).ToList();
        speech.Add(await JudgeAsync("codec", resynthesis, texts, voices, prints, clock.Elapsed, cancellationToken));

        double? ends = null;
        IReadOnlyList<double> wordEnds = [];
        if (options.Speech is not null)
        {
            var config = CsmConfig.Open(Path.Combine(options.Speech, "config.json"));
            using var checkpoint = CsmCheckpoint.Open(Path.Combine(options.Speech, DeskSpeech.FileName), config);
            using var weights = PackedCsmWeights.Pack(new CheckpointParameters(checkpoint), options.Packing, cancellationToken);
            using var model = new PackedCsmModel(weights, threads: 1);
            var tokenizer = SpeechText.TokenizerOf(config, options.Speech);
            clock.Restart();
            var spoken = items.Select((item, i) =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report($"speaking sentence {i + 1} of {items.Count}");
                return Speak(corpus, [.. Turns(learnt, voices[i], i)], item, model, tokenizer, codec, i);
            }).ToList();
            speech.Add(await JudgeAsync("voice", [.. spoken.Select(one => one.Audio)], texts, voices, prints, clock.Elapsed, cancellationToken));
            ends = spoken.Average(one => one.Ended ? 1.0 : 0);
            if (config.AlignmentHead is not null)
            {
                wordEnds = ReadingErrors.OfWordEnds(
                    model, tokenizer, LetterAlignment.Learn(corpus), items.Select((item, i) => (item, texts[i], encoded[i])));
            }
        }

        var evaluation = new Evaluation(texts, voices, speech, ends, wordEnds);
        Directory.CreateDirectory(options.Output);
        await File.WriteAllTextAsync(Path.Combine(options.Output, "report.html"), EvaluationReport.Html(evaluation, options), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(options.Output, "figures.json"), Figures(evaluation), cancellationToken);
        return evaluation;
    }

    /// <summary>The held-out items to speak, in an order the seed decides.</summary>
    /// <param name="corpus">The corpus; borrowed.</param>
    /// <exception cref="InvalidDataException">No held-out sentence is long enough.</exception>
    public IReadOnlyList<int> Choose(PreparedCorpus corpus)
    {
        var sentences = Enumerable.Range(0, corpus.Items.Count).Where(i => corpus.Items[i].IsHeldOut && corpus.Items[i].Words >= options.LeastWords).ToArray();
        if (sentences.Length == 0)
        {
            throw new InvalidDataException($"No held-out sentence of {options.LeastWords} words or more. Prepare the corpus with a larger --held-out.");
        }

        new Random(options.Seed).Shuffle(sentences);
        return [.. sentences.Take(options.Sentences)];
    }

    private async Task<JudgedSpeech> JudgeAsync(
        string name, IReadOnlyList<float[]> recordings, List<string> texts, List<string> voices,
        Dictionary<string, VoicePrint> prints, TimeSpan? taken, CancellationToken cancellationToken)
    {
        progress?.Report($"listening to {name}");
        var open = await SpeechJudge.JudgeAsync(recordings, texts, isClosed: false, cancellationToken);
        var closed = await SpeechJudge.JudgeAsync(recordings, texts, isClosed: true, cancellationToken);
        var right = recordings.Select((audio, i) => VoicePrint.Of([audio]).Nearest(prints) == voices[i] ? 1.0 : 0).Average();
        var seconds = recordings.Sum(audio => audio.Length / 24_000.0);
        var energy = recordings.Sum(audio => audio.Sum(sample => (double)sample * sample)) / Math.Max(1, recordings.Sum(audio => (double)audio.Length));
        return new(name, recordings, open, closed, right, 10 * Math.Log10(energy + 1e-12), taken?.TotalSeconds / Math.Max(seconds, 0.001));
    }

    // The voice, and from the second turn on another in answer, saying what is not held out: the first of the speakers is the one to go on as.
    private IEnumerable<(int Speaker, int Item)> Turns(ILookup<string, int> learnt, string voice, int number)
    {
        var random = new Random(options.Seed + number);
        var others = learnt.Select(items => items.Key).Where(name => name != voice).Order(StringComparer.Ordinal).DefaultIfEmpty(voice).ToArray();
        var other = others[number % others.Length];
        for (var turn = 0; turn < options.Turns; turn++)
        {
            var items = learnt[turn % 2 == 0 ? voice : other].ToArray();
            yield return (turn % 2, items[random.Next(items.Length)]);
        }
    }

    // The turns before go in with their sound: the voice must come from there.
    private (float[] Audio, bool Ended) Speak(
        PreparedCorpus corpus, IReadOnlyList<(int Speaker, int Item)> before, int item, PackedCsmModel model, ITextTokenizer tokenizer, MimiWeights codec, int number)
    {
        var wanted = corpus.Items[item];
        var config = model.Weights.Config;
        var text = tokenizer.EncodeSegment(0, wanted.Text);
        using var session = model.OpenSession();
        var limit = Math.Min((wanted.Text.Length * FramesPerLetter) + ExtraFrames, session.PositionLimit - text.Count - 1);
        var turns = before
            .Select(turn => new CsmRows(config).AddSegment(tokenizer.EncodeSegment(turn.Speaker, corpus.Items[turn.Item].Text), Frames(corpus.Read(turn.Item), codec)))
            .ToList();
        while (turns.Count > 0 && turns.Sum(turn => turn.Count) + text.Count + limit + 1 > session.PositionLimit)
        {
            turns.RemoveAt(0);
        }

        foreach (var turn in turns)
        {
            session.Append(turn.Cells);
        }

        var rows = new CsmRows(config).AddText(text).Cells;
        using var untold = options.Guidance == 1 ? null : session.Fork();
        untold?.Append(new CsmRows(config).AddText(tokenizer.EncodeSegment(0, "")).Cells);
        using var alone = options.VoiceGuidance == 1 ? null : model.OpenSession();
        alone?.Append(rows);
        session.Append(rows);
        CsmGuidance[] guidance = [.. untold is null ? [] : (CsmGuidance[])[new(untold, options.Guidance)], .. alone is null ? [] : (CsmGuidance[])[new(alone, options.VoiceGuidance)]];
        var sampler = new SeededSampler(new SamplingSettings(options.Temperature, options.TopK), (ulong)(options.Seed + number));
        var frames = new List<int[]>();
        var ended = false;
        while (frames.Count < limit)
        {
            var codes = new int[config.CodebookCount];
            if (!session.GenerateFrame(sampler, codes, guidance))
            {
                ended = true;
                break;
            }

            frames.Add(codes);
            var row = new CsmRows(config).AddFrame(codes).Cells;
            session.Append(row);
            foreach (var guide in guidance)
            {
                guide.Without.Append(row);
            }
        }

        return (Decode(frames, codec), ended);
    }

    private static IReadOnlyList<int[]> Frames(float[] audio, MimiWeights codec)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var codes = MimiCodec.Encode(tensor(audio, [1, 1, audio.Length]), codec).select(0, 0).t().contiguous(); // [T, K]
        var values = codes.data<long>().ToArray();
        var codebooks = codec.Config.Codebooks;
        return [.. values.Chunk(codebooks).Select(frame => Array.ConvertAll(frame, code => (int)code))];
    }

    private static float[] Decode(IReadOnlyList<int[]> frames, MimiWeights codec)
    {
        if (frames.Count == 0)
        {
            return new float[MimiConfig.FrameSamples];
        }

        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var codebooks = codec.Config.Codebooks;
        // Ids beyond the codec's entries are reserved; training never shows them.
        var cells = frames.SelectMany(frame => frame.Select(code => (long)Math.Min(code, codec.Config.CodebookSize - 1))).ToArray();
        var codes = tensor(cells, [1, frames.Count, codebooks]).transpose(1, 2);
        return MimiCodec.Decode(codes, codec).data<float>().ToArray();
    }

    private string Figures(Evaluation evaluation) => JsonSerializer.Serialize(
        new
        {
            sentences = evaluation.Texts.Count,
            turns = options.Turns,
            words = WordErrors.Sum(evaluation.Speech[0].Open.Select(one => one.Errors)).Words,
            ends_by_itself = evaluation.EndsByItself,
            word_ends_ms = evaluation.WordEnds.Count == 0 ? null : new { p50 = evaluation.WordEndsOff(0.5), p95 = evaluation.WordEndsOff(0.95), words = evaluation.WordEnds.Count },
            speech = evaluation.Speech.Select(speech => new
            {
                speech.Name, wer_open = speech.OpenRate, wer_closed = speech.ClosedRate, right_voice = speech.RightVoice,
                decibels = speech.Decibels, real_time_factor = speech.RealTimeFactor,
            }),
        },
        WriteOptions) + "\n";
}
