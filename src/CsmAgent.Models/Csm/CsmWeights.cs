using System.Runtime.InteropServices;
using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Native;
using static TorchSharp.torch;

namespace CsmAgent.Models.Csm;

/// <summary>All parameters of a CSM as Torch tensors. Owns them; safe to share between sessions, which only read.</summary>
public sealed class CsmWeights : IDisposable
{
    private readonly Dictionary<string, Tensor> _parameters;

    private CsmWeights(CsmConfig config, Dictionary<string, Tensor> parameters, Device device)
    {
        (Config, _parameters, Device) = (config, parameters, device);
        Backbone = new LlamaWeights(config.Backbone, CsmTensorNames.BackbonePrefix, name => parameters[name], device);
        Depth = new LlamaWeights(config.Depth, CsmTensorNames.DepthPrefix, name => parameters[name], device);
    }

    /// <summary>The model's shape.</summary>
    public CsmConfig Config { get; }

    /// <summary>Where the tensors live.</summary>
    public Device Device { get; }

    /// <summary>Element type of all parameters.</summary>
    public ScalarType DType => TextTable.dtype;

    /// <summary>Every parameter once, by the name of <see cref="CsmTensorNames"/>.</summary>
    public IReadOnlyDictionary<string, Tensor> Parameters => _parameters;

    /// <summary>The decoder over frames.</summary>
    public LlamaWeights Backbone { get; }

    /// <summary>The decoder over codebooks.</summary>
    public LlamaWeights Depth { get; }

    /// <summary>[text vocabulary, width].</summary>
    public Tensor TextTable => _parameters[CsmTensorNames.TextTable];

    /// <summary>[codebooks · audio vocabulary, width].</summary>
    public Tensor AudioTable => _parameters[CsmTensorNames.AudioTable];

    /// <summary>[audio vocabulary, width].</summary>
    public Tensor CodebookZeroHead => _parameters[CsmTensorNames.CodebookZeroHead];

    /// <summary>[codebooks − 1, depth width, audio vocabulary].</summary>
    public Tensor DepthHeads => _parameters[CsmTensorNames.DepthHeads];

    /// <summary>[depth width, width].</summary>
    public Tensor DepthProjection => _parameters[CsmTensorNames.DepthProjection];

    /// <summary>Loads a checkpoint of either format.</summary>
    /// <param name="checkpoint">The opened files; stay the caller's.</param>
    /// <param name="dtype">Element type; null is float32.</param>
    /// <param name="device">Where the tensors should live; null is the CPU.</param>
    public static CsmWeights Load(CsmCheckpoint checkpoint, ScalarType? dtype = null, Device? device = null) =>
        Create(
            checkpoint.Config,
            (name, shape) =>
            {
                using var stored = empty(shape, float32);
                checkpoint.Read(name, MemoryMarshal.Cast<byte, float>(stored.bytes));
                return stored.to(dtype ?? float32, device ?? CPU, copy: true);
            },
            device);

    /// <summary>Makes weights from any source, for example a random initialisation.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="make">Makes the tensor of a name and shape on <paramref name="device"/>; it becomes this object's.</param>
    /// <param name="device">Where the tensors live; null is the CPU.</param>
    public static CsmWeights Create(CsmConfig config, Func<string, long[], Tensor> make, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        var parameters = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            foreach (var (name, shape) in CsmTensorNames.Shapes(config))
            {
                parameters[name] = make(name, [.. shape]).DetachFromDisposeScope();
            }

            return new CsmWeights(config, parameters, device ?? CPU);
        }
        catch
        {
            foreach (var tensor in parameters.Values)
            {
                tensor.Dispose();
            }

            throw;
        }
    }

    /// <summary>Frees all tensors.</summary>
    public void Dispose()
    {
        Backbone.Dispose();
        Depth.Dispose();
        foreach (var tensor in _parameters.Values)
        {
            tensor.Dispose();
        }
    }
}
