using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Training.Codec;
using CsmAgent.Training.Corpus;
using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>The codes of a whole corpus under one codec, encoded once and kept on disk.</summary>
/// <remarks>An utterance that starts a part of a frame later has other codes: from several starts a model sees several utterances, and
/// learns what they have in common instead of each one's codes.</remarks>
public sealed class CodeCache
{
    private readonly short[] _codes;
    private readonly long[] _first;
    private readonly long _frames;

    private CodeCache(short[] codes, int codebooks, int starts, string key, PreparedCorpus corpus)
    {
        (_codes, Codebooks, Starts, Key) = (codes, codebooks, starts, key);
        (_first, _frames) = FirstFrames(corpus);
    }

    /// <summary>Codes per frame.</summary>
    public int Codebooks { get; }

    /// <summary>From how many starts, spread over a frame, every utterance was encoded.</summary>
    public int Starts { get; }

    /// <summary>Names codec, corpus and starts.</summary>
    public string Key { get; }

    /// <summary>Phone labels from one start to the next.</summary>
    public int LabelsBetweenStarts => PhoneRuns.LabelsPerFrame / Starts;

    /// <summary>Opens a cache, or makes it.</summary>
    /// <param name="file">Where it lies.</param>
    /// <param name="corpus">The corpus; borrowed.</param>
    /// <param name="codecFolder">The codec.</param>
    /// <param name="starts">Starts of every utterance: 1, 2 or 4.</param>
    /// <param name="progress">Told the share done while it is made; null for silence.</param>
    /// <param name="cancellationToken">Ends the work; nothing is written.</param>
    /// <exception cref="CheckpointException">The cache is damaged, or was made with another codec or corpus.</exception>
    public static CodeCache Open(
        string file, PreparedCorpus corpus, string codecFolder, int starts, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        if (starts < 1 || PhoneRuns.LabelsPerFrame % starts != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(starts), starts, "An utterance is encoded from 1, 2 or 4 starts.");
        }

        var config = MimiConfig.Load(codecFolder);
        var frames = starts * corpus.Items.Sum(item => (long)item.Frames);
        var key = KeyOf(corpus, codecFolder, starts);
        var codes = CodeFile.Open(
            file, key, frames, config.Codebooks, config.CodebookSize, () => Make(corpus, codecFolder, starts, progress, cancellationToken));
        return new(codes, config.Codebooks, starts, key, corpus);
    }

    /// <summary>Codes of one item, row-major [frames, codebooks].</summary>
    /// <param name="item">Index into the corpus.</param>
    /// <param name="frames">The item's frames.</param>
    /// <param name="start">Which start, 0 to <see cref="Starts"/> − 1.</param>
    public ReadOnlySpan<short> Item(int item, int frames, int start = 0) =>
        _codes.AsSpan((int)(((start * _frames) + _first[item]) * Codebooks), frames * Codebooks);

    /// <summary>Each item's first frame among those of one start, and how many these are.</summary>
    internal static (long[] Firsts, long Frames) FirstFrames(PreparedCorpus corpus)
    {
        var firsts = new long[corpus.Items.Count];
        long frame = 0;
        for (var item = 0; item < firsts.Length; item++)
        {
            firsts[item] = frame;
            frame += corpus.Items[item].Frames;
        }

        return (firsts, frame);
    }

    // The decoder has no say in the codes: a run that sharpens it leaves them valid.
    private static string KeyOf(PreparedCorpus corpus, string codecFolder, int starts)
    {
        using var weights = SafetensorsFile.Open(Path.Combine(codecFolder, MimiCheckpoint.FileName));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in weights.Tensors.Keys.Where(name => !CodecRun.IsDecoder(name)).Order(StringComparer.Ordinal))
        {
            hash.AppendData(weights.Bytes(name));
        }

        var codec = Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
        return $"encoder {codec}, {corpus.Items.Count} items, {corpus.Items.Sum(item => (long)item.Frames)} frames, {starts} starts";
    }

    private static short[] Make(
        PreparedCorpus corpus, string codecFolder, int starts, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        using var codec = MimiCheckpoint.Load(codecFolder);
        var codebooks = codec.Config.Codebooks;
        var (firsts, frames) = FirstFrames(corpus);
        var codes = new short[starts * frames * codebooks];
        var later = PhoneRuns.LabelsPerFrame / starts * PhoneRuns.SamplesPerLabel;
        var done = 0;
        Parallel.For(0, starts * corpus.Items.Count, new() { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, number =>
        {
            set_num_threads(1);
            using var mode = inference_mode();
            using var scope = NewDisposeScope();
            var (start, item) = Math.DivRem(number, corpus.Items.Count);
            var audio = new float[corpus.Items[item].Samples];
            corpus.Read(item, start * later, audio);
            var encoded = MimiCodec.Encode(tensor(audio, [1, 1, audio.Length]), codec).select(0, 0).t().contiguous().to(ScalarType.Int16);
            var bytes = encoded.bytes;
            MemoryMarshal.Cast<byte, short>(bytes).CopyTo(codes.AsSpan((int)(((start * frames) + firsts[item]) * codebooks)));
            var sofar = Interlocked.Increment(ref done);
            if (sofar % 50 == 0)
            {
                progress?.Report((double)sofar / (starts * corpus.Items.Count));
            }
        });

        return codes;
    }
}
