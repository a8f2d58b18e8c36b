using System.Text;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Training.Codec;
using CsmAgent.Training.Corpus;
using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>Packs utterances into conversations of one to three speakers who mostly take turns, so that a voice is learnt from its context,
/// and from the context of its own tag. Tags are dealt anew in each: a tag says who speaks, never which voice it is.</summary>
public sealed class ConversationPacker
{
    // A conversation mostly goes to and fro; a monologue teaches nothing of whose voice is whose.
    private const double OneSpeaker = 0.15;
    private const double TwoSpeakers = 0.6;
    private const double GoesOn = 0.2;
    private readonly PreparedCorpus _corpus;
    private readonly CodeCache _codes;
    private readonly CsmConfig _config;
    private readonly ITextTokenizer _tokenizer;
    private readonly LetterAlignment? _alignment;
    private readonly int[][] _voices;

    /// <summary>Packs the items of one side of the split.</summary>
    /// <param name="corpus">The corpus; borrowed.</param>
    /// <param name="codes">Its codes; borrowed.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="heldOut">Which side.</param>
    /// <param name="voice">Only this voice; null for all.</param>
    /// <param name="alignment">Where in its text each item's speech is; null if nobody asks. The tokenizer's ids must be bytes.</param>
    /// <exception cref="InvalidDataException">No utterance is left, or the codes do not fit the model.</exception>
    public ConversationPacker(
        PreparedCorpus corpus, CodeCache codes, CsmConfig config, ITextTokenizer tokenizer, bool heldOut, string? voice = null, LetterAlignment? alignment = null)
    {
        if (codes.Codebooks != config.CodebookCount)
        {
            throw new InvalidDataException($"The codec has {codes.Codebooks} codebooks, the model {config.CodebookCount}. Train the model on codes of its own codec.");
        }

        (_corpus, _codes, _config, _tokenizer, _alignment) = (corpus, codes, config, tokenizer, alignment);
        Tags = new SpeakerTags(tokenizer);
        _voices = [.. corpus.Voices.Where(name => voice is null || name == voice)
            .Select(name => Enumerable.Range(0, corpus.Items.Count).Where(i => corpus.Items[i].Voice == name && corpus.Items[i].IsHeldOut == heldOut).ToArray())
            .Where(items => items.Length > 0)];
        if (_voices.Length == 0)
        {
            throw new InvalidDataException($"No {(heldOut ? "held-out" : "training")} utterance of {voice ?? "any voice"}; the corpus has {string.Join(", ", corpus.Voices)}.");
        }
    }

    /// <summary>Who speaks.</summary>
    public SpeakerTags Tags { get; }

    /// <summary>What a model itself would say, for some utterances' input; null for recordings alone.</summary>
    public DrawnCodes? Drawn { get; init; }

    /// <summary>Share of the utterances that are heard so, 0 to 1.</summary>
    public double DrawnShare { get; init; }

    /// <summary>What codes are drawn from; null takes those of the corpus.</summary>
    public LatentCache? Latents { get; init; }

    /// <summary>Share of the utterances of which only codebook 0 is heard, 0 to 1.</summary>
    public double VoiceDropout { get; init; }

    /// <summary>Share of the utterances whose text is withheld, 0 to 1.</summary>
    public double TextDropout { get; init; }

    /// <summary>One worker's sequences of a step.</summary>
    /// <param name="random">Source of randomness.</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="length">Rows of each.</param>
    /// <param name="depthShare">Share of the frames the depth decoder learns from; ends of speech always.</param>
    /// <param name="corruption">Share of the input frames to corrupt.</param>
    /// <param name="codebookDropout">Share of the input frames that keep only their first codebooks.</param>
    /// <param name="codeTemperature">The temperature at which codes are drawn from <see cref="Latents"/> (<see cref="LatentCache.Draw"/>); above 0 if
    /// there are any.</param>
    /// <returns>Tensors owned by the current dispose scope.</returns>
    public SpeechBatch Next(
        Random random, int batch, int length, double depthShare, double corruption, double codebookDropout = 0, double codeTemperature = 0)
    {
        var columns = _config.ColumnCount;
        var codebooks = _config.CodebookCount;
        var rows = new long[batch * length * columns];
        var labels = new long[batch * length * codebooks];
        var phones = new long[batch * length * PhoneRuns.LabelsPerFrame];
        Array.Fill(rows, CsmRows.Off);
        Array.Fill(labels, CsmObjective.Ignored);
        Array.Fill(phones, CsmObjective.Ignored);
        var spoken = new long[batch * length * 2];
        Array.Fill(spoken, CsmObjective.Ignored);
        var turns = new long[batch * length * SpeechBatch.TurnColumns];
        Array.Fill(turns, CsmObjective.Ignored);
        for (var b = 0; b < batch; b++)
        {
            var sequence = new Sequence(
                rows.AsSpan(b * length * columns, length * columns),
                labels.AsSpan(b * length * codebooks, length * codebooks),
                phones.AsSpan(b * length * PhoneRuns.LabelsPerFrame, length * PhoneRuns.LabelsPerFrame),
                spoken.AsSpan(b * length * 2, length * 2),
                turns.AsSpan(b * length * SpeechBatch.TurnColumns, length * SpeechBatch.TurnColumns));
            Pack(random, sequence, length, depthShare, corruption, codebookDropout, codeTemperature);
        }

        return new(
            tensor(rows, [batch, length, columns]), tensor(labels, [batch, length, codebooks]), tensor(phones, [batch, length, PhoneRuns.LabelsPerFrame]),
            tensor(spoken, [batch, length, 2]), tensor(turns, [batch, length, SpeechBatch.TurnColumns]));
    }

    private void Pack(Random random, Sequence into, int length, double depthShare, double corruption, double codebookDropout, double codeTemperature)
    {
        var wanted = random.NextDouble() switch { < OneSpeaker => 1, < OneSpeaker + TwoSpeakers => 2, _ => 3 };
        var tags = Enumerable.Range(0, SpeakerTags.Count).ToArray();
        random.Shuffle(tags);
        var voices = Voices(random, wanted);
        var speaker = random.Next(voices.Count);
        var row = 0;
        for (var turn = 0; row < length; turn++)
        {
            if (turn > 0 && voices.Count > 1 && random.NextDouble() >= GoesOn)
            {
                speaker = (speaker + random.Next(1, voices.Count)) % voices.Count;
            }

            var items = _voices[voices[speaker]];
            var item = items[random.Next(items.Length)];
            var isUntold = random.NextDouble() < TextDropout;
            var tag = row + Tags.At;
            foreach (var id in _tokenizer.EncodeSegment(tags[speaker], isUntold ? "" : _corpus.Items[item].Text))
            {
                if (row < length)
                {
                    into.Rows[(row++ * _config.ColumnCount) + _config.CodebookCount] = id;
                }
            }

            var first = row;
            row = PackFrames(random, item, isUntold, row, into, length, depthShare, corruption, codebookDropout, codeTemperature);
            for (; first < row; first++)
            {
                ReadOnlySpan<long> said = [tags[speaker], turn, tag];
                said.CopyTo(into.Turns[(first * SpeechBatch.TurnColumns)..]);
            }
        }
    }

    private int PackFrames(
        Random random, int item, bool isUntold, int row, Sequence into, int length, double depthShare, double corruption, double codebookDropout,
        double codeTemperature)
    {
        var codebooks = _config.CodebookCount;
        var frames = _corpus.Items[item].Frames;
        var start = random.Next(_codes.Starts);
        var isDrawn = Drawn is not null && random.NextDouble() < DrawnShare;
        if (isDrawn)
        {
            start = Drawn!.StartOf(item);
        }

        // What the model itself would say goes with the codes it heard when it was asked.
        var codes = Latents is null || isDrawn ? _codes.Item(item, frames, start) : Latents.Draw(item, frames, start, codeTemperature, random);
        var input = isDrawn ? Drawn!.Item(item, frames) : codes;
        var mostCodebooks = random.NextDouble() < VoiceDropout ? 1 : codebooks;
        var phones = _corpus.Labels(item);
        var bytes = _alignment is null || isUntold ? default : _alignment.Item(item);
        var textBytes = Encoding.UTF8.GetByteCount(_corpus.Items[item].Text);
        for (var frame = 0; frame <= frames && row < length; frame++, row++)
        {
            var isEnd = frame == frames;
            var corrupt = !isEnd && random.NextDouble() < corruption;
            var deep = isEnd || random.NextDouble() < depthShare;
            var heardCodebooks = isEnd ? codebooks : Math.Min(mostCodebooks, random.NextDouble() < codebookDropout ? random.Next(1, codebooks) : codebooks);
            for (var k = 0; k < codebooks; k++)
            {
                long code = isEnd ? 0 : codes[(frame * codebooks) + k];
                long own = isEnd ? 0 : input[(frame * codebooks) + k];
                var heard = corrupt && random.Next(2) == 0 ? random.Next(_config.AudioVocabularySize - 3) : own;
                into.Rows[(row * _config.ColumnCount) + k] = k < heardCodebooks ? heard : CsmRows.Off;
                into.Labels[(row * codebooks) + k] = k == 0 || deep ? code : CsmObjective.Ignored;
            }

            var label0 = (frame * PhoneRuns.LabelsPerFrame) - (start * _codes.LabelsBetweenStarts);
            if (!bytes.IsEmpty)
            {
                // The text ends one row before the first frame.
                var end = row - frame - 1;
                into.Spoken[row * 2] = RowOf(label0, bytes, end, textBytes);
                into.Spoken[(row * 2) + 1] = RowOf(label0 + PhoneRuns.LabelsPerFrame - 1, bytes, end, textBytes);
            }

            for (var i = 0; i < PhoneRuns.LabelsPerFrame; i++)
            {
                // Before the first label and beyond the last is silence.
                var label = label0 + i;
                into.Phones[(row * PhoneRuns.LabelsPerFrame) + i] = label >= 0 && label < phones.Length ? phones[label] : 0;
            }
        }

        return row;
    }

    // The row of the letter said under a label; before the first label the first letter is to come, beyond the last the text's end is said.
    private static int RowOf(int label, ReadOnlySpan<int> bytes, int end, int textBytes) =>
        label < bytes.Length ? end - textBytes + bytes[Math.Max(label, 0)] : end;

    private readonly ref struct Sequence(Span<long> rows, Span<long> labels, Span<long> phones, Span<long> spoken, Span<long> turns)
    {
        public Span<long> Rows { get; } = rows;

        public Span<long> Labels { get; } = labels;

        public Span<long> Phones { get; } = phones;

        public Span<long> Spoken { get; } = spoken;

        public Span<long> Turns { get; } = turns;
    }

    // As many different voices as there are, up to a count.
    private List<int> Voices(Random random, int count)
    {
        var voices = new List<int>();
        while (voices.Count < Math.Min(count, _voices.Length))
        {
            var voice = Voice(random);
            if (!voices.Contains(voice))
            {
                voices.Add(voice);
            }
        }

        return voices;
    }

    // In proportion to what there is of each voice.
    private int Voice(Random random)
    {
        var at = random.Next(_voices.Sum(items => items.Length));
        var voice = 0;
        while (at >= _voices[voice].Length)
        {
            at -= _voices[voice++].Length;
        }

        return voice;
    }

    /// <summary>The source of randomness of one worker's step.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="step">Steps taken before.</param>
    /// <param name="worker">The worker.</param>
    public static Random RandomOf(int seed, long step, int worker) => CropSampler.RandomOf(seed, step, worker);
}
