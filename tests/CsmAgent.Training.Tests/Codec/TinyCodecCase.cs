using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Native;
using CsmAgent.Training.Codec;
using CsmAgent.Training.Corpus;

namespace CsmAgent.Training.Tests.Codec;

/// <summary>A prepared tone corpus and a fresh codec of a few thousand weights.</summary>
internal sealed class TinyCodecCase : IDisposable
{
    static TinyCodecCase() => TorchRuntime.EnsureLoaded();

    public TinyCodecCase()
    {
        using var tones = new ToneCorpus();
        Folder = Directory.CreateTempSubdirectory("codec-").FullName;
        CorpusPreparer.Prepare(new() { Source = tones.Folder, Output = Path.Combine(Folder, "corpus"), HeldOutShare = 0.2 });
        WriteFresh("start", seed: 5);
    }

    public static MimiConfig Config { get; } = new()
    {
        HiddenSize = 16,
        Filters = 2,
        UpsamplingRatios = [5, 6, 4, 8],
        CodebookSize = 16,
        CodebookDimension = 8,
        Codebooks = 3,
        UpsampleGroups = 16,
        TransformerLayers = 1,
        Heads = 2,
        HeadDimension = 8,
        FeedForwardSize = 32,
        AttentionWindow = 8,
    };

    public string Folder { get; }

    /// <summary>Writes a fresh codec and says where.</summary>
    public string WriteFresh(string name, int seed)
    {
        var folder = Path.Combine(Folder, name);
        var tensors = FreshCodec.Create(Config, seed);
        MimiCheckpoint.Save(folder, Config, tensors);
        foreach (var tensor in tensors.Values)
        {
            tensor.Dispose();
        }

        return folder;
    }

    public CodecOptions Options(string run) => new()
    {
        Corpus = Path.Combine(Folder, "corpus"),
        Start = Path.Combine(Folder, "start"),
        Run = Path.Combine(Folder, run),
        Steps = 16,
        Batch = 4,
        CropFrames = 2,
        LearningRate = 3e-3,
        WarmUpSteps = 4,
        PhoneHeadSteps = 2,
        EarSteps = 6,
        LogEvery = 4,
        CheckpointEvery = TimeSpan.FromHours(1),
    };

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
