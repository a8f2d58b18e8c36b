using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>A CSM packed for the processor: read-only, in one piece of native memory, shared by all sessions.</summary>
public sealed class PackedCsmWeights : IDisposable
{
    private readonly NativeBuffer _memory;

    internal PackedCsmWeights(PackedCsmLayout layout, NativeBuffer memory)
    {
        (Config, Packing, Layout, _memory) = (layout.Config, layout.Packing, layout, memory);
        Backbone = Decoder("backbone", Config.Backbone);
        Depth = Decoder("depth", Config.Depth);
        Projection = Matrix(PackedCsmLayout.Projection);
        Heads = [.. Enumerable.Range(0, Config.CodebookCount).Select(codebook => Matrix(PackedCsmLayout.Head(codebook)))];
        AudioTable = Table(PackedCsmLayout.AudioTable);
        TextTable = Table(PackedCsmLayout.TextTable);
    }

    /// <summary>The model's shape.</summary>
    public CsmConfig Config { get; }

    /// <summary>The formats of its parts.</summary>
    public CsmPacking Packing { get; }

    /// <summary>Bytes of native memory.</summary>
    public long Bytes => Layout.Length;

    /// <summary>Bytes of weights that one frame reads: the backbone once, the depth decoder and its heads once per codebook.</summary>
    public long BytesPerFrame
    {
        get
        {
            var depth = Projection.Bytes + DecoderBytes(Depth);
            return DecoderBytes(Backbone) + Heads.Sum(head => head.Bytes) + ((Config.CodebookCount - 1) * depth);
        }
    }

    internal PackedCsmLayout Layout { get; }

    internal NativeBuffer Memory => _memory;

    internal PackedDecoder Backbone { get; }

    internal PackedDecoder Depth { get; }

    internal PackedMatrix Projection { get; }

    internal IReadOnlyList<PackedMatrix> Heads { get; }

    internal EmbeddingTable AudioTable { get; }

    internal EmbeddingTable TextTable { get; }

    /// <summary>Packs parameters. Takes about a minute for CSM-1B in int4 on one core.</summary>
    /// <param name="parameters">Where the numbers come from.</param>
    /// <param name="packing">The formats.</param>
    /// <param name="cancellationToken">Stops packing.</param>
    /// <exception cref="ArgumentException">A parameter holds a value that is not finite; the message names it.</exception>
    public static PackedCsmWeights Pack(ICsmParameters parameters, CsmPacking packing, CancellationToken cancellationToken = default)
    {
        var layout = new PackedCsmLayout(parameters.Config, packing);
        var weights = new PackedCsmWeights(layout, new NativeBuffer(layout.Length));
        try
        {
            using var packer = new CsmPacker(parameters, weights);
            packer.Run(cancellationToken);
            weights.ReadNorms();
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Frees the memory; no session may be in use.</summary>
    public void Dispose() => _memory.Dispose();

    internal PackedMatrix Matrix(string name)
    {
        var part = Layout[name];
        return new PackedMatrix(part.Format, part.Rows, part.Columns, Packing.GroupSize, _memory, part.Offset);
    }

    internal EmbeddingTable Table(string name)
    {
        var part = Layout[name];
        return new EmbeddingTable(part.Format, part.Rows, part.Columns, _memory, part.Offset);
    }

    /// <summary>Takes the norms' scales out of the memory after it was filled.</summary>
    internal void ReadNorms()
    {
        foreach (var (name, decoder) in new[] { ("backbone", Backbone), ("depth", Depth) })
        {
            for (var layer = 0; layer < decoder.Layers.Count; layer++)
            {
                Copy(PackedCsmLayout.Layer(name, layer, "attention norm"), decoder.Layers[layer].AttentionNorm);
                Copy(PackedCsmLayout.Layer(name, layer, "feed-forward norm"), decoder.Layers[layer].FeedForwardNorm);
            }

            Copy($"{name} norm", decoder.FinalNorm);
        }
    }

    private static long DecoderBytes(PackedDecoder decoder) =>
        decoder.Layers.Sum(layer => layer.QueryKeyValue.Bytes + layer.Output.Bytes + layer.GateUp.Bytes + layer.Down.Bytes);

    private void Copy(string name, float[] target) => _memory.AsSpan<float>(Layout[name].Offset, target.Length).CopyTo(target);

    private PackedDecoder Decoder(string name, LlamaConfig config) => new(
        config,
        [.. Enumerable.Range(0, config.LayerCount).Select(layer => new PackedDecoderLayer(
            new float[config.Width],
            Matrix(PackedCsmLayout.Layer(name, layer, "qkv")),
            Matrix(PackedCsmLayout.Layer(name, layer, "output")),
            new float[config.Width],
            Matrix(PackedCsmLayout.Layer(name, layer, "gate-up")),
            Matrix(PackedCsmLayout.Layer(name, layer, "down"))))],
        new float[config.Width],
        new RopeTable(config.Rope, config.HeadWidth, config.MaxPositions));
}
