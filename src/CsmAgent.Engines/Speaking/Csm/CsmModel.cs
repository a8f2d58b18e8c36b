using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Configuration;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Safetensors;

namespace CsmAgent.Engines.Speaking.Csm;

/// <summary>A loaded CSM with its tokenizer. Only the inference thread calls it.</summary>
internal sealed class CsmModel : IDisposable
{
    // Below this, packing and prompts take less than a second or two, and files of ours beside the model are not worth it.
    private const long LargeParameterCount = 100_000_000;

    private readonly PackedCsmWeights _weights;
    private readonly PackedCsmModel _model;
    private readonly CsmPromptCache? _prompts;

    private CsmModel(PackedCsmWeights weights, int threads, ITextTokenizer tokenizer, CsmPromptCache? prompts)
    {
        (_weights, _prompts) = (weights, prompts);
        _model = new PackedCsmModel(weights, threads);
        Tokenizer = tokenizer;
    }

    public CsmConfig Config => _weights.Config;

    public ITextTokenizer Tokenizer { get; }

    /// <param name="folder">The model's folder.</param>
    /// <param name="options">Precision, threads and where to keep what is expensive to make.</param>
    /// <param name="notice">Told what is made once, and what cannot be kept.</param>
    /// <exception cref="EngineException">The folder holds no CSM that can be read.</exception>
    public static CsmModel Load(string folder, SynthesizerOptions options, Action<string> notice)
    {
        try
        {
            var model = CsmFolder.Open(folder);
            var packing = CsmPacking.Named(options.Precision);
            var tokenizer = model.OpenTokenizer();
            var threads = options.Threads > 0 ? options.Threads : Math.Min(64, Environment.ProcessorCount);
            if (options.CacheFolder is null && model.Config.ParameterCount < LargeParameterCount)
            {
                using var checkpoint = model.OpenWeights();
                return new CsmModel(PackedCsmWeights.Pack(new CheckpointParameters(checkpoint), packing), threads, tokenizer, null);
            }

            var cache = options.CacheFolder ?? Path.GetDirectoryName(Path.GetFullPath(model.WeightsPath))!;
            var packed = Path.Combine(cache, Path.GetFileName(PackedCsmFile.PathFor(model.WeightsPath, packing)));
            var prompts = new CsmPromptCache(Path.Combine(cache, "prompts"), PackedCsmFile.SourceOf(model.WeightsPath), notice);
            return new CsmModel(PackedCsmFile.OpenOrPack(model.WeightsPath, model.Config, packing, packed, notice), threads, tokenizer, prompts);
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or CheckpointException or UnauthorizedAccessException or ArgumentException or InsufficientMemoryException)
        {
            throw new EngineException(
                $"The speech model in {folder} cannot be loaded: {fault.Message} Check Synthesizer:ModelFolder, or set Synthesizer:Engine to 'flite'.", fault);
        }
    }

    public PackedCsmSession OpenSession(int positionLimit) => _model.OpenSession(Limit(positionLimit));

    /// <summary>Opens a prompt kept by an earlier start; null if there is none.</summary>
    public PackedCsmSession? TryOpenPrompt(string prompt, int positionLimit) => _prompts?.TryOpen(_model, prompt, Limit(positionLimit));

    /// <summary>Keeps a prompt for the next start, if this model keeps any.</summary>
    public void KeepPrompt(string prompt, PackedCsmSession session) => _prompts?.Keep(_model, prompt, session);

    private int? Limit(int positionLimit) => positionLimit == 0 ? null : Math.Min(positionLimit, Config.Backbone.MaxPositions);

    public void Dispose()
    {
        _model.Dispose();
        _weights.Dispose();
    }
}
