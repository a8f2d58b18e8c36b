using CsmAgent.Conversation.Ports;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Packing;
using CsmAgent.Tensors.Safetensors;

namespace CsmAgent.Engines.Speaking.Csm;

/// <summary>A loaded CSM with its tokenizer. Only the inference thread calls it.</summary>
internal sealed class CsmModel : IDisposable
{
    private readonly PackedCsmWeights _weights;
    private readonly PackedCsmModel _model;

    private CsmModel(PackedCsmWeights weights, int threads, ITextTokenizer tokenizer)
    {
        _weights = weights;
        _model = new PackedCsmModel(weights, threads);
        Tokenizer = tokenizer;
    }

    public CsmConfig Config => _weights.Config;

    public ITextTokenizer Tokenizer { get; }

    /// <exception cref="EngineException">The folder holds no CSM that can be read.</exception>
    public static CsmModel Load(string folder, string precision, int threads)
    {
        try
        {
            var model = CsmFolder.Open(folder);
            using var checkpoint = model.OpenWeights();
            return new CsmModel(
                PackedCsmWeights.Pack(new CheckpointParameters(checkpoint), CsmPacking.For(Format(precision))),
                threads > 0 ? threads : Math.Min(64, Environment.ProcessorCount),
                model.OpenTokenizer());
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or CheckpointException or UnauthorizedAccessException or ArgumentException)
        {
            throw new EngineException(
                $"The speech model in {folder} cannot be loaded: {fault.Message} Check Synthesizer:ModelFolder, or set Synthesizer:Engine to 'flite'.", fault);
        }
    }

    public ICsmSession OpenSession(int positionLimit) =>
        _model.OpenSession(positionLimit == 0 ? null : Math.Min(positionLimit, Config.Backbone.MaxPositions));

    public void Dispose()
    {
        _model.Dispose();
        _weights.Dispose();
    }

    private static WeightFormat Format(string precision) => precision switch
    {
        "float32" => WeightFormat.Float32,
        "bfloat16" => WeightFormat.BFloat16,
        "int4" => WeightFormat.Int4,
        _ => WeightFormat.Int8,
    };
}
