using CsmAgent.Engines.Inference;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Models.Llama;
using CsmAgent.Models.Mimi;
using CsmAgent.Models.Mimi.Packed;
using TorchSharp;

namespace CsmAgent.Engines.Bench;

/// <summary>Models to measure: a folder's, or random numbers in the shape of the released ones, packed as they are made.</summary>
internal static class BenchModel
{
    /// <summary>CSM-1B's shape.</summary>
    public static CsmConfig FullSize { get; } = new()
    {
        TextVocabularySize = 128_256,
        AudioVocabularySize = 2_051,
        CodebookCount = 32,
        Backbone = Llama(16, 2048, 32, 8, 8192, 2048),
        Depth = Llama(4, 1024, 8, 2, 8192, 33),
    };

    public static CsmPacking Packing(BenchOptions options) =>
        CsmPacking.For(options.Precision) with { GroupSize = options.GroupSize, Backbone = options.Backbone ?? options.Precision };

    public static string Name(BenchOptions options) => options.ModelFolder ?? "CSM-1B's shape, random weights";

    public static PackedCsmWeights Pack(BenchOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        var packing = Packing(options);
        if (options.CacheFolder is null || options.ModelFolder is not null)
        {
            progress($"Packing {Name(options)} as {options.Words} …");
            return Pack(options, packing, FullSize, cancellationToken);
        }

        const string Source = "random numbers, seed 1";
        var file = PackedCsmFile.PathFor(Path.Combine(options.CacheFolder, "random"), packing);
        if (File.Exists(file))
        {
            return PackedCsmFile.Load(file, FullSize, packing, Source);
        }

        progress($"Packing {Name(options)} as {options.Words} into {file} …");
        var weights = Pack(options, packing, FullSize, cancellationToken);
        PackedCsmFile.Save(weights, file, Source);
        return weights;
    }

    /// <summary>Packs the folder's model, or random numbers in a shape.</summary>
    public static PackedCsmWeights Pack(BenchOptions options, CsmPacking packing, CsmConfig shape, CancellationToken cancellationToken)
    {
        if (options.ModelFolder is not { } folder)
        {
            return PackedCsmWeights.Pack(new RandomCsmParameters(shape, 1), packing, cancellationToken);
        }

        using var checkpoint = CsmCheckpoint.Open(Path.Combine(folder, "model.safetensors"), CsmConfig.Open(Path.Combine(folder, "config.json")));
        return PackedCsmWeights.Pack(new CheckpointParameters(checkpoint), packing, cancellationToken);
    }

    /// <summary>A folder's Mimi, or one of the released size with random numbers: the speed does not depend on them.</summary>
    public static PackedMimiWeights Mimi(MimiPacking packing, string? folder = null)
    {
        using var mode = torch.no_grad();
        if (folder is not null)
        {
            using var loaded = MimiCheckpoint.Load(folder);
            return PackedMimiWeights.Pack(loaded, packing);
        }

        using var weights = RandomMimi(torch.CPU, torch.float32);
        return PackedMimiWeights.Pack(weights, packing);
    }

    /// <summary>The released size with random numbers, laid out for a device; the caller's.</summary>
    public static MimiWeights DeviceMimi(ComputeDevice device)
    {
        using var mode = torch.no_grad();
        return RandomMimi(device.Torch!, device.MimiDecoderType);
    }

    private static MimiWeights RandomMimi(torch.Device device, torch.ScalarType decoderType)
    {
        torch.random.manual_seed(1);
        var config = MimiConfig.Released;
        var tensors = MimiTensorNames.Parameters(config).Concat(MimiTensorNames.Codebooks(config)).ToDictionary(
            entry => entry.Name,
            entry => entry.Name.EndsWith("cluster_usage", StringComparison.Ordinal)
                ? torch.ones(entry.Shape, device: device)
                : torch.randn(entry.Shape).mul_(1 / Math.Sqrt(Math.Max(1, entry.Shape.Skip(1).Aggregate(1L, (a, b) => a * b))))
                    .to(MimiCheckpoint.IsOfDecoder(entry.Name) ? decoderType : torch.float32, device));
        return MimiWeights.Own(config, tensors);
    }

    /// <summary>Rows of a conversation: text now and then, frames in between.</summary>
    public static int[] Rows(CsmConfig config, int count)
    {
        var random = new Random(5);
        var rows = new int[count * config.ColumnCount];
        for (var row = 0; row < count; row++)
        {
            var cells = rows.AsSpan(row * config.ColumnCount, config.ColumnCount);
            var isText = row % 80 < 20;
            for (var column = 0; column < cells.Length; column++)
            {
                cells[column] = isText != (column == config.CodebookCount)
                    ? CsmRows.Off
                    : random.Next(isText ? config.TextVocabularySize : config.AudioVocabularySize);
            }
        }

        return rows;
    }

    private static LlamaConfig Llama(int layers, int width, int heads, int keyValueHeads, int feedForward, int positions) => new()
    {
        LayerCount = layers,
        Width = width,
        HeadCount = heads,
        KeyValueHeadCount = keyValueHeads,
        HeadWidth = width / heads,
        FeedForwardWidth = feedForward,
        MaxPositions = positions,
    };
}
