using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>Where each part of a packed model lies, from its configuration and packing alone: memory and file have the same order.</summary>
internal sealed class PackedCsmLayout
{
    public const string TextTable = "text table";
    public const string AudioTable = "audio table";
    public const string Projection = "projection";

    private readonly Dictionary<string, PackedPart> _parts = new(StringComparer.Ordinal);

    public PackedCsmLayout(CsmConfig config, CsmPacking packing)
    {
        (Config, Packing) = (config, packing);
        AddDecoder("backbone", packing.Backbone, config.Backbone);
        AddMatrix(Head(0), packing.Heads, config.AudioVocabularySize, config.Backbone.Width);
        AddMatrix(Projection, packing.Layers, config.Depth.Width, config.Backbone.Width);
        AddDecoder("depth", packing.Layers, config.Depth);
        for (var codebook = 1; codebook < config.CodebookCount; codebook++)
        {
            AddMatrix(Head(codebook), packing.Heads, config.AudioVocabularySize, config.Depth.Width);
        }

        AddTable(AudioTable, packing.Tables, config.AudioTableRows, config.Backbone.Width);
        AddTable(TextTable, packing.Tables, config.TextVocabularySize, config.Backbone.Width);
    }

    public CsmConfig Config { get; }

    public CsmPacking Packing { get; }

    public IEnumerable<PackedPart> Parts => _parts.Values.OrderBy(part => part.Offset);

    public long Length { get; private set; }

    public PackedPart this[string name] => _parts[name];

    public static string Head(int codebook) => $"head {codebook}";

    public static string Layer(string decoder, int layer, string part) => $"{decoder} {layer} {part}";

    private void AddDecoder(string name, WeightFormat format, LlamaConfig config)
    {
        var inner = PackedDecoder.InnerWidth(config);
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            AddTable(Layer(name, layer, "attention norm"), WeightFormat.Float32, 1, config.Width);
            AddMatrix(Layer(name, layer, "qkv"), format, config.QueryWidth + (2 * config.KeyValueWidth), config.Width);
            AddMatrix(Layer(name, layer, "output"), format, config.Width, config.QueryWidth);
            AddTable(Layer(name, layer, "feed-forward norm"), WeightFormat.Float32, 1, config.Width);
            AddMatrix(Layer(name, layer, "gate-up"), format, 2 * inner, config.Width);
            AddMatrix(Layer(name, layer, "down"), format, config.Width, inner);
        }

        AddTable($"{name} norm", WeightFormat.Float32, 1, config.Width);
    }

    private void AddMatrix(string name, WeightFormat format, int rows, int columns) =>
        Add(name, false, format, rows, columns, PackedMatrix.ByteLength(format, rows, columns, Packing.GroupSize));

    private void AddTable(string name, WeightFormat format, int rows, int columns) =>
        Add(name, true, format, rows, columns, EmbeddingTable.ByteLength(format, rows, columns));

    private void Add(string name, bool isTable, WeightFormat format, int rows, int columns, long length)
    {
        _parts.Add(name, new PackedPart(name, isTable, format, rows, columns, Length, length));
        Length += length;
    }
}
