using System.Security.Cryptography;
using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Training.Codec;
using CsmAgent.Training.Corpus;
using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>The codes of a whole corpus under one codec, encoded once and kept on disk.</summary>
/// <remarks>An utterance that starts a part of a frame later, after so much silence, has other codes: from several starts a model sees several
/// utterances, and learns what they have in common instead of each one's codes.</remarks>
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
        string file, PreparedCorpus corpus, string codecFolder, int starts, IProgress<double>? progress = null, CancellationToken cancellationToken = default) =>
        Open(file, corpus, codecFolder, starts, codebooks => CorpusEncoding.Run<short>(
            corpus, codecFolder, starts, codebooks, (audio, codec) => MimiCodec.Encode(audio, codec).to(ScalarType.Int16), progress, cancellationToken));

    /// <summary>Opens a cache, or makes it of latents that are there.</summary>
    /// <param name="file">Where it lies.</param>
    /// <param name="corpus">The corpus; borrowed.</param>
    /// <param name="codecFolder">The codec.</param>
    /// <param name="starts">Starts of every utterance: 1, 2 or 4.</param>
    /// <param name="latents">The corpus's, under this codec and from as many starts; borrowed.</param>
    /// <exception cref="CheckpointException">The cache is damaged, or was made with another codec or corpus.</exception>
    public static CodeCache Open(string file, PreparedCorpus corpus, string codecFolder, int starts, LatentCache latents) =>
        Open(file, corpus, codecFolder, starts, _ =>
        [
            .. from start in Enumerable.Range(0, starts)
               from item in Enumerable.Range(0, corpus.Items.Count)
               from code in latents.Nearest(item, corpus.Items[item].Frames, start)
               select code,
        ]);

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

    private static CodeCache Open(string file, PreparedCorpus corpus, string codecFolder, int starts, Func<int, short[]> make)
    {
        var config = MimiConfig.Load(codecFolder);
        var frames = starts * corpus.Items.Sum(item => (long)item.Frames);
        var key = KeyOf(corpus, codecFolder, starts);
        var codes = CodeFile.Open(file, key, frames, config.Codebooks, config.CodebookSize, () => make(config.Codebooks));
        return new(codes, config.Codebooks, starts, key, corpus);
    }

    // The decoder has no say in the codes: a run that sharpens it leaves them valid.
    internal static string KeyOf(PreparedCorpus corpus, string codecFolder, int starts)
    {
        if (starts < 1 || PhoneRuns.LabelsPerFrame % starts != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(starts), starts, "An utterance is encoded from 1, 2 or 4 starts.");
        }

        using var weights = SafetensorsFile.Open(Path.Combine(codecFolder, MimiCheckpoint.FileName));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in weights.Tensors.Keys.Where(name => !CodecRun.IsDecoder(name)).Order(StringComparer.Ordinal))
        {
            hash.AppendData(weights.Bytes(name));
        }

        var codec = Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
        return $"encoder {codec}, {corpus.Items.Count} items, {corpus.Items.Sum(item => (long)item.Frames)} frames, {starts} starts{(starts == 1 ? "" : " after silence")}";
    }
}
