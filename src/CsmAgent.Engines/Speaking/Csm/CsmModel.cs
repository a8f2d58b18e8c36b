using System.Runtime.InteropServices;
using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Configuration;
using CsmAgent.Engines.Inference;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Native;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Engines.Speaking.Csm;

/// <summary>A loaded CSM with its tokenizer. Only the inference thread calls it.</summary>
internal sealed class CsmModel : IDisposable
{
    // Below this, packing and prompts take less than a second or two, and files of ours beside the model are not worth it.
    private const long LargeParameterCount = 100_000_000;

    private readonly ICsmModel _model;
    private readonly PackedCsmWeights? _weights;
    private readonly CsmPromptCache? _prompts;

    private CsmModel(ICsmModel model, ITextTokenizer tokenizer, SamplingSettings sampling) => (_model, Tokenizer, Sampling) = (model, tokenizer, sampling);

    // Prompts are kept only for the processor: a card reads one in the time a file takes to open.
    private CsmModel(PackedCsmWeights weights, int threads, ITextTokenizer tokenizer, SamplingSettings sampling, Func<PackedCsmModel, CsmPromptCache>? prompts)
    {
        var model = new PackedCsmModel(weights, threads);
        (_model, _weights, _prompts, Tokenizer, Sampling) = (model, weights, prompts?.Invoke(model), tokenizer, sampling);
    }

    public CsmConfig Config => _model.Config;

    public ITextTokenizer Tokenizer { get; }

    /// <summary>How the model wants to be sampled.</summary>
    public SamplingSettings Sampling { get; }

    /// <param name="folder">The model's folder.</param>
    /// <param name="options">Threads and where to keep what is expensive to make.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="precision">In what; one the device has.</param>
    /// <param name="notice">Told what is made once, and what cannot be kept.</param>
    /// <exception cref="EngineException">The folder holds no CSM that can be read, or the device has no room for it.</exception>
    public static CsmModel Load(string folder, SynthesizerOptions options, ComputeDevice device, string precision, Action<string> notice)
    {
        try
        {
            var model = CsmFolder.Open(folder);
            var (tokenizer, sampling) = (model.OpenTokenizer(), model.ReadSampling());
            if (device.Torch is { } torch)
            {
                using var checkpoint = model.OpenWeights();
                return new CsmModel(TorchCsmModel.Load(new CheckpointParameters(checkpoint), torch, ComputeDevice.ElementType(precision)), tokenizer, sampling);
            }

            var packing = CsmPacking.Named(precision);
            var threads = options.Threads > 0 ? options.Threads : Math.Min(64, Environment.ProcessorCount);
            if (options.CacheFolder is null && model.Config.ParameterCount < LargeParameterCount)
            {
                using var checkpoint = model.OpenWeights();
                return new CsmModel(PackedCsmWeights.Pack(new CheckpointParameters(checkpoint), packing), threads, tokenizer, sampling, null);
            }

            var cache = options.CacheFolder ?? Path.GetDirectoryName(Path.GetFullPath(model.WeightsPath))!;
            var packed = Path.Combine(cache, Path.GetFileName(PackedCsmFile.PathFor(model.WeightsPath, packing)));
            return new CsmModel(
                PackedCsmFile.OpenOrPack(model.WeightsPath, model.Config, packing, packed, notice), threads, tokenizer, sampling,
                loaded => new CsmPromptCache(loaded, Path.Combine(cache, "prompts"), PackedCsmFile.SourceOf(model.WeightsPath), notice));
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or CheckpointException or UnauthorizedAccessException or ArgumentException
            or InsufficientMemoryException or DeviceException or ExternalException)
        {
            throw new EngineException(
                $"The speech model in {folder} cannot be loaded: {fault.Message} Check Synthesizer:ModelFolder, or set Synthesizer:Engine to 'flite'.", fault);
        }
    }

    /// <exception cref="DeviceException">The device has no room for its keys and values.</exception>
    public ICsmSession OpenSession(int positionLimit) => _model.OpenSession(Limit(positionLimit));

    /// <summary>Opens a prompt kept by an earlier start; null if there is none.</summary>
    public ICsmSession? TryOpenPrompt(string prompt, int positionLimit) => _prompts?.TryOpen(prompt, Limit(positionLimit));

    /// <summary>Keeps a prompt for the next start, if this model keeps any.</summary>
    public void KeepPrompt(string prompt, ICsmSession session) => _prompts?.Keep(prompt, (PackedCsmSession)session);

    private int? Limit(int positionLimit) => positionLimit == 0 ? null : Math.Min(positionLimit, Config.Backbone.MaxPositions);

    public void Dispose()
    {
        _model.Dispose();
        _weights?.Dispose();
    }
}
