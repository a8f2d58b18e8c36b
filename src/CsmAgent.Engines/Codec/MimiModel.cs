using CsmAgent.Conversation.Ports;
using CsmAgent.Models.Mimi;
using CsmAgent.Models.Mimi.Streaming;
using CsmAgent.Tensors.Native;
using CsmAgent.Tensors.Safetensors;
using TorchSharp;

namespace CsmAgent.Engines.Codec;

/// <summary>A loaded Mimi, and the one place that says by which path its streams run. Only the inference thread calls it.</summary>
internal sealed class MimiModel : IDisposable
{
    private readonly MimiWeights _weights;

    private MimiModel(MimiWeights weights) => _weights = weights;

    public int CodebookCount => _weights.Config.Codebooks;

    public int CodebookSize => _weights.Config.CodebookSize;

    /// <exception cref="EngineException">The folder holds no Mimi that can be read.</exception>
    public static MimiModel Load(string folder)
    {
        try
        {
            TorchRuntime.EnsureLoaded();
            // Torch's own team costs more than it brings on frames this small, and much more when cores are shared.
            torch.set_num_threads(1);
            return new MimiModel(MimiCheckpoint.Load(folder));
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or DllNotFoundException or CheckpointException or UnauthorizedAccessException)
        {
            throw new EngineException($"The speech codec in {folder} cannot be loaded: {fault.Message}", fault);
        }
    }

    /// <param name="codebooks">Codebooks to fill; null for all.</param>
    public IMimiEncoder OpenEncoder(int? codebooks = null) => new TorchMimiEncoder(_weights, codebooks);

    /// <param name="codebooks">Codebooks a frame brings; null for all.</param>
    public IMimiDecoder OpenDecoder(int? codebooks = null) => new TorchMimiDecoder(_weights, codebooks);

    public void Dispose() => _weights.Dispose();
}
