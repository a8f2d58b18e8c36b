using System.Security.Cryptography;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Native;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Training.Corpus;
using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>What a speech model says in place of a corpus, in time with it: each frame's first code is the recording's, the others are drawn by
/// a model that has heard the recording so far.</summary>
/// <remarks>A decoder that learns to make the recording out of these codes learns what a model's codes can be trusted for: most of what was
/// lost of the words was lost there, not in the first codes. Vocoders have long been trained so on the output of their acoustic models (J. Shen
/// et al., "Natural TTS synthesis by conditioning WaveNet on mel spectrogram predictions", 2018).</remarks>
public sealed class DrawnCodes
{
    /// <summary>Temperature of the draws: what the voice speaks with, and a little more.</summary>
    public const double Temperature = 0.5;

    // A few utterances: the first to say whose voice it is, the others to be drawn. Every model here has learnt with as many.
    private const int Rows = 384;
    private readonly short[] _codes;
    private readonly long[] _first;
    private readonly int _codebooks;
    private readonly int _starts;

    private DrawnCodes(short[] codes, CodeCache recorded, PreparedCorpus corpus) =>
        (_codes, _first, _codebooks, _starts) = (codes, CodeCache.FirstFrames(corpus).Firsts, recorded.Codebooks, recorded.Starts);

    /// <summary>Opens the draws, or makes them.</summary>
    /// <param name="file">Where they lie.</param>
    /// <param name="corpus">The corpus; borrowed.</param>
    /// <param name="recorded">Its codes; borrowed.</param>
    /// <param name="codebookSize">Entries of each codebook.</param>
    /// <param name="speechFolder">The model that draws.</param>
    /// <param name="progress">Told the share done while they are made; null for silence.</param>
    /// <param name="cancellationToken">Ends the work; nothing is written.</param>
    /// <exception cref="CheckpointException">The file is damaged, or was made with another model, codec or corpus.</exception>
    /// <exception cref="InvalidDataException">The model speaks codes of another shape.</exception>
    public static DrawnCodes Open(
        string file, PreparedCorpus corpus, CodeCache recorded, int codebookSize, string speechFolder, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var weightsFile = Path.Combine(speechFolder, DeskSpeech.FileName);
        var config = CsmConfig.Open(Path.Combine(speechFolder, "config.json"));
        if (config.CodebookCount != recorded.Codebooks || config.AudioVocabularySize < codebookSize)
        {
            throw new InvalidDataException(
                $"{speechFolder}: speaks {config.CodebookCount} codebooks of up to {config.AudioVocabularySize} codes, the codec has {recorded.Codebooks} of {codebookSize}. Name the model that was trained on this codec.");
        }

        using var stream = File.OpenRead(weightsFile);
        var model = Convert.ToHexStringLower(SHA256.HashData(stream).AsSpan(0, 8));
        var codes = CodeFile.Open(
            file, $"{recorded.Key}, drawn by {model} at {Temperature}", corpus.Items.Sum(item => (long)item.Frames), recorded.Codebooks, codebookSize,
            () => Make(corpus, recorded, codebookSize, config, weightsFile, speechFolder, progress, cancellationToken));
        return new(codes, recorded, corpus);
    }

    /// <summary>The start (<see cref="CodeCache.Starts"/>) from which an item's draws were made: they take turns.</summary>
    /// <param name="item">Index into the corpus.</param>
    public int StartOf(int item) => StartOf(item, _starts);

    /// <summary>An item's draws, row-major [frames, codebooks]; nothing is drawn for what is held out.</summary>
    /// <param name="item">Index into the corpus, of an item to learn from.</param>
    /// <param name="frames">The item's frames.</param>
    public ReadOnlySpan<short> Item(int item, int frames) => _codes.AsSpan((int)(_first[item] * _codebooks), frames * _codebooks);

    private static int StartOf(int item, int starts) => item % starts;

    private static short[] Make(
        PreparedCorpus corpus, CodeCache recorded, int codebookSize, CsmConfig config, string weightsFile, string speechFolder, IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        using var checkpoint = CsmCheckpoint.Open(weightsFile, config);
        using var weights = CsmWeights.Load(checkpoint, ScalarType.Float32);
        var tokenizer = SpeechText.TokenizerOf(config, speechFolder);
        var (firsts, frames) = CodeCache.FirstFrames(corpus);
        var codes = new short[frames * recorded.Codebooks];
        var sequences = Sequences(corpus, tokenizer).ToArray();
        var done = 0;
        Parallel.For(0, sequences.Length, new() { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, number =>
        {
            set_num_threads(1);
            Draw(corpus, recorded, codebookSize, weights, tokenizer, sequences[number], (ulong)number, firsts, codes);
            var sofar = Interlocked.Increment(ref done);
            if (sofar % 20 == 0)
            {
                progress?.Report((double)sofar / sequences.Length);
            }
        });
        return codes;
    }

    // Utterances of one voice in a row. The first is heard only: it says whose voice it is, and was spoken in the sequence before.
    private static IEnumerable<IReadOnlyList<int>> Sequences(PreparedCorpus corpus, ITextTokenizer tokenizer)
    {
        foreach (var voice in corpus.Voices)
        {
            var items = Enumerable.Range(0, corpus.Items.Count).Where(item => corpus.Items[item].Voice == voice && !corpus.Items[item].IsHeldOut).ToArray();
            if (items.Length == 0)
            {
                continue;
            }

            List<int> sequence = [items[^1]];
            var rows = RowsOf(items[^1]);
            foreach (var item in items)
            {
                if (sequence.Count > 1 && rows + RowsOf(item) > Rows)
                {
                    yield return sequence;
                    sequence = [sequence[^1]];
                    rows = RowsOf(sequence[0]);
                }

                sequence.Add(item);
                rows += RowsOf(item);
            }

            yield return sequence;
        }

        int RowsOf(int item) => tokenizer.EncodeSegment(0, corpus.Items[item].Text).Count + corpus.Items[item].Frames + 1;
    }

    private static void Draw(
        PreparedCorpus corpus, CodeCache recorded, int codebookSize, CsmWeights weights, ITextTokenizer tokenizer, IReadOnlyList<int> sequence, ulong seed,
        long[] firsts, short[] into)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed);
        var rows = new CsmRows(weights.Config);
        var before = new List<long>(); // the row before each frame
        var first = new List<long>();
        foreach (var item in sequence)
        {
            var frames = recorded.Item(item, corpus.Items[item].Frames, StartOf(item, recorded.Starts)).ToArray().Chunk(recorded.Codebooks)
                .Select(frame => Array.ConvertAll(frame, code => (int)code)).ToArray();
            rows.AddText(tokenizer.EncodeSegment(0, corpus.Items[item].Text));
            foreach (var frame in frames)
            {
                before.Add(rows.Count - 1);
                first.Add(frame[0]);
                rows.AddFrame(frame);
            }

            rows.AddEndOfAudio();
        }

        var cells = tensor(Array.ConvertAll(rows.Cells.ToArray(), cell => (long)cell), [1, rows.Count, weights.Config.ColumnCount]);
        var hidden = CsmModel.Hidden(weights, cells).squeeze(0).index_select(0, tensor(before.ToArray()));
        var drawn = tensor(first.ToArray()).unsqueeze(1);
        for (var k = 1; k < recorded.Codebooks; k++)
        {
            var output = CsmModel.DepthHidden(weights, hidden, drawn).select(1, k);
            var logits = matmul(output, weights.DepthHeads[k - 1]).narrow(1, 0, codebookSize);
            drawn = cat([drawn, GumbelDraw.From(logits / Constant.Of(Temperature), generator).unsqueeze(1)], 1);
        }

        var codes = drawn.to(ScalarType.Int16).data<short>().ToArray();
        var at = corpus.Items[sequence[0]].Frames * recorded.Codebooks;
        foreach (var item in sequence.Skip(1))
        {
            var count = corpus.Items[item].Frames * recorded.Codebooks;
            codes.AsSpan(at, count).CopyTo(into.AsSpan((int)(firsts[item] * recorded.Codebooks)));
            at += count;
        }
    }
}
