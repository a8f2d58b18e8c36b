using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Training.Corpus;
using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>The codes of a whole corpus under one codec, encoded once and kept on disk.</summary>
public sealed class CodeCache
{
    private const string Codes = "codes";
    private readonly short[] _codes;
    private readonly long[] _first;

    private CodeCache(short[] codes, int codebooks, PreparedCorpus corpus)
    {
        (_codes, Codebooks) = (codes, codebooks);
        _first = new long[corpus.Items.Count];
        long frame = 0;
        for (var i = 0; i < _first.Length; i++)
        {
            _first[i] = frame;
            frame += corpus.Items[i].Frames;
        }
    }

    /// <summary>Codes per frame.</summary>
    public int Codebooks { get; }

    /// <summary>Opens a cache, or makes it.</summary>
    /// <param name="file">Where it lies.</param>
    /// <param name="corpus">The corpus; borrowed.</param>
    /// <param name="codecFolder">The codec.</param>
    /// <param name="progress">Told the share done while it is made; null for silence.</param>
    /// <param name="cancellationToken">Ends the work; nothing is written.</param>
    /// <exception cref="CheckpointException">The cache is damaged, or was made with another codec or corpus.</exception>
    public static CodeCache Open(
        string file, PreparedCorpus corpus, string codecFolder, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        var key = Key(corpus, codecFolder);
        if (!File.Exists(file))
        {
            Make(file, corpus, codecFolder, key, progress, cancellationToken);
        }

        using var stored = SafetensorsFile.Open(file);
        var found = stored.Metadata.GetValueOrDefault("key", "nothing");
        if (found != key)
        {
            throw new CheckpointException(file, "key", key, found, "These codes are of another codec or corpus: remove the file, and it is made again.");
        }

        var config = MimiConfig.Load(codecFolder);
        long[] shape = [corpus.Items.Sum(item => (long)item.Frames), config.Codebooks];
        var codes = stored.Span<short>(Codes);
        if (!stored.Info(Codes).Shape.SequenceEqual(shape))
        {
            throw Damaged($"{shape[0]} frames of {shape[1]} codes", stored.Info(Codes).Description);
        }

        return codes.IndexOfAnyExceptInRange((short)0, (short)(config.CodebookSize - 1)) is var wrong && wrong < 0
            ? new(codes.ToArray(), config.Codebooks, corpus)
            : throw Damaged($"codes from 0 to {config.CodebookSize - 1}", $"{codes[wrong]}");

        CheckpointException Damaged(string expected, string instead) => new(file, Codes, expected, instead, "Remove the file, and it is made again.");
    }

    /// <summary>Codes of one item, row-major [frames, codebooks].</summary>
    /// <param name="item">Index into the corpus.</param>
    /// <param name="frames">The item's frames.</param>
    public ReadOnlySpan<short> Item(int item, int frames) => _codes.AsSpan((int)(_first[item] * Codebooks), frames * Codebooks);

    private static string Key(PreparedCorpus corpus, string codecFolder)
    {
        using var weights = File.OpenRead(Path.Combine(codecFolder, MimiCheckpoint.FileName));
        var codec = Convert.ToHexStringLower(SHA256.HashData(weights).AsSpan(0, 8));
        return $"codec {codec}, {corpus.Items.Count} items, {corpus.Items.Sum(item => (long)item.Frames)} frames";
    }

    private static void Make(
        string file, PreparedCorpus corpus, string codecFolder, string key, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        using var codec = MimiCheckpoint.Load(codecFolder);
        var codebooks = codec.Config.Codebooks;
        var frames = corpus.Items.Sum(item => (long)item.Frames);
        var codes = new short[frames * codebooks];
        long frame = 0;
        using var mode = inference_mode();
        for (var item = 0; item < corpus.Items.Count; item++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var audio = corpus.Read(item);
            var encoded = MimiCodec.Encode(tensor(audio, [1, 1, audio.Length]), codec).select(0, 0).t().contiguous().to(ScalarType.Int16);
            var bytes = encoded.bytes;
            MemoryMarshal.Cast<byte, short>(bytes).CopyTo(codes.AsSpan((int)(frame * codebooks)));
            frame += corpus.Items[item].Frames;
            if (item % 50 == 49)
            {
                progress?.Report((item + 1.0) / corpus.Items.Count);
            }
        }

        SafetensorsWriter.Write(
            file, [StoredTensor.Of<short>(Codes, TensorDType.I16, [frames, codebooks], codes)], new Dictionary<string, string> { ["key"] = key });
    }
}
