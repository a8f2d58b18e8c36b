using System.Runtime.InteropServices;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace CsmAgent.Models.Csm;

/// <summary>A CSM on any device Torch has, laid out for generation; sessions only read it.</summary>
public sealed class TorchCsmModel : ICsmModel
{
    private readonly Dictionary<string, Tensor> _tables = new(StringComparer.Ordinal);
    private readonly FusedDecoder _backbone;
    private readonly FusedDecoder _depth;

    private TorchCsmModel(CsmConfig config, Action<string, Tensor> fill, ScalarType dtype, Device device)
    {
        (Config, DType, Device) = (config, dtype, device);
        var shapes = CsmTensorNames.Shapes(config);
        try
        {
            foreach (var name in (string[])
                [CsmTensorNames.TextTable, CsmTensorNames.AudioTable, CsmTensorNames.CodebookZeroHead, CsmTensorNames.DepthHeads, CsmTensorNames.DepthProjection])
            {
                _tables[name] = empty([.. shapes[name]], dtype, device).DetachFromDisposeScope();
                fill(name, _tables[name]);
            }

            _backbone = new FusedDecoder(config.Backbone, CsmTensorNames.BackbonePrefix, fill, dtype, device, config.AlignmentHead);
            _depth = new FusedDecoder(config.Depth, CsmTensorNames.DepthPrefix, fill, dtype, device);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public CsmConfig Config { get; }

    /// <summary>Element type of the matrices and tables.</summary>
    public ScalarType DType { get; }

    /// <summary>Where the model lives.</summary>
    public Device Device { get; }

    /// <summary>Bytes of weights that one frame reads: the backbone once, the depth decoder and its heads once per codebook.</summary>
    public long BytesPerFrame
    {
        get
        {
            long Layers(LlamaConfig decoder) => (long)decoder.LayerCount * decoder.Width
                * ((2 * decoder.QueryWidth) + (2 * decoder.KeyValueWidth) + (3L * decoder.FeedForwardWidth));
            var heads = _tables[CsmTensorNames.CodebookZeroHead].numel() + _tables[CsmTensorNames.DepthHeads].numel();
            var depth = Layers(Config.Depth) + _tables[CsmTensorNames.DepthProjection].numel();
            return (Layers(Config.Backbone) + heads + ((Config.CodebookCount - 1) * depth)) * _tables[CsmTensorNames.DepthHeads].element_size();
        }
    }

    /// <summary>Loads parameters, one tensor at a time, so that the machine needs little memory beside the device's.</summary>
    /// <param name="parameters">Where the numbers come from.</param>
    /// <param name="device">Where the model should live; null is the CPU.</param>
    /// <param name="dtype">Element type of the matrices; null is float32.</param>
    /// <param name="cancellationToken">Stops loading.</param>
    /// <exception cref="DeviceException">The device ran out of memory.</exception>
    public static TorchCsmModel Load(ICsmParameters parameters, Device? device = null, ScalarType? dtype = null, CancellationToken cancellationToken = default)
    {
        TorchRuntime.EnsureLoaded();
        using var mode = inference_mode();
        return Accelerator.Guard(device ?? CPU, () => "loading CSM's weights", () => new TorchCsmModel(
            parameters.Config,
            (name, target) =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var stored = empty(target.shape, float32);
                parameters.Read(name, 0, MemoryMarshal.Cast<byte, float>(stored.bytes));
                target.copy_(stored);
            },
            dtype ?? float32,
            device ?? CPU));
    }

    /// <summary>Copies weights that somebody trains or compares; type and device are theirs.</summary>
    /// <param name="weights">The weights; borrowed.</param>
    public static TorchCsmModel Of(CsmWeights weights)
    {
        using var mode = inference_mode();
        return new TorchCsmModel(weights.Config, (name, target) => target.copy_(weights.Parameters[name]), weights.DType, weights.Device);
    }

    /// <summary>Opens an empty session.</summary>
    /// <inheritdoc/>
    /// <exception cref="DeviceException">The device has no memory for the keys and values.</exception>
    public TorchCsmSession OpenSession(int? positionLimit = null)
    {
        var most = Config.Backbone.MaxPositions;
        return positionLimit is < 1 || positionLimit > most
            ? throw new ArgumentOutOfRangeException(nameof(positionLimit), positionLimit, $"The model has 1 to {most} positions.")
            : Accelerator.Guard(Device, () => $"opening a session of {positionLimit ?? most} positions", () => new TorchCsmSession(this, positionLimit ?? most));
    }

    ICsmSession ICsmModel.OpenSession(int? positionLimit) => OpenSession(positionLimit);

    /// <summary>Frees the weights; no session may be in use.</summary>
    public void Dispose()
    {
        _backbone?.Dispose();
        _depth?.Dispose();
        foreach (var tensor in _tables.Values)
        {
            tensor.Dispose();
        }
    }

    /// <summary>The alignment head's rotated query in the last row of the last run, float32 [head width]; null without such a head.</summary>
    internal Tensor? AlignmentQuery => _backbone.WatchedQuery;

    /// <summary>The backbone's vectors after its final norm, float32 [1, S, width].</summary>
    internal Tensor Hidden(Tensor rows, KeyValueCache cache) =>
        _backbone.Run(CsmModel.Embed(Config, _tables[CsmTensorNames.TextTable], _tables[CsmTensorNames.AudioTable], rows).to(float32), cache);

    /// <summary>Logits of codebook 0, [audio vocabulary], from float32 [1, 1, width].</summary>
    internal Tensor FirstLogits(Tensor hidden) => linear(hidden.to(DType), _tables[CsmTensorNames.CodebookZeroHead]).view(-1);

    /// <summary>Logits of the codebook after the one whose code was just chosen, [audio vocabulary].</summary>
    /// <param name="hidden">float32 [1, 1, width], given with codebook 0 only: the backbone's vector, which takes position 0.</param>
    /// <param name="codebook">Codebook of <paramref name="code"/>.</param>
    /// <param name="code">The code chosen.</param>
    /// <param name="cache">Holds the earlier codebooks of this frame; empty at codebook 0.</param>
    internal Tensor NextLogits(Tensor? hidden, int codebook, int code, KeyValueCache cache)
    {
        var embedded = _tables[CsmTensorNames.AudioTable].narrow(0, (codebook * Config.AudioVocabularySize) + code, 1).unsqueeze(0); // [1, 1, width]
        var input = hidden is null ? embedded : cat([hidden.to(DType), embedded], dim: 1);
        var output = _depth.Run(linear(input, _tables[CsmTensorNames.DepthProjection]).to(float32), cache);
        return matmul(output.select(1, -1).to(DType), _tables[CsmTensorNames.DepthHeads].select(0, codebook)).view(-1);
    }
}
