using CsmAgent.Conversation.Ports;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Models.Mimi;
using CsmAgent.Models.Mimi.Packed;
using CsmAgent.Models.Mimi.Streaming;
using CsmAgent.Tensors.Native;
using CsmAgent.Tensors.Packing;
using CsmAgent.Tensors.Safetensors;

namespace CsmAgent.Engines.Codec;

/// <summary>A loaded Mimi, and the one place that says by which path its streams run. Only the inference thread calls it.</summary>
internal sealed class MimiModel
{
    private readonly PackedMimiWeights _weights;

    private MimiModel(PackedMimiWeights weights, string source) => (_weights, Source) = (weights, source);

    /// <summary>Names the checkpoint: codes of another codec mean other sounds.</summary>
    public string Source { get; }

    public int CodebookCount => _weights.Config.Codebooks;

    public int CodebookSize => _weights.Config.CodebookSize;

    /// <exception cref="EngineException">The folder holds no Mimi that can be read.</exception>
    public static MimiModel Load(string folder)
    {
        try
        {
            TorchRuntime.EnsureLoaded();

            // Torch only reads the file: streams run on our own kernels, one thread, no tensors, nothing allocated per frame.
            MimiModel model;
            using (var weights = MimiCheckpoint.Load(folder))
            {
                model = new MimiModel(PackedMimiWeights.Pack(weights, MimiPacking.For(weights.Config)), PackedCsmFile.SourceOf(Path.Combine(folder, MimiCheckpoint.FileName)));
            }

            // Packing a codec of the released size takes 600 MB beside the result.
            FreedMemory.ReturnToSystem();
            return model;
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or DllNotFoundException or CheckpointException or UnauthorizedAccessException)
        {
            throw new EngineException($"The speech codec in {folder} cannot be loaded: {fault.Message}", fault);
        }
    }

    /// <param name="codebooks">Codebooks to fill; null for all.</param>
    public IMimiEncoder OpenEncoder(int? codebooks = null) => new PackedMimiEncoder(_weights, codebooks);

    /// <param name="codebooks">Codebooks a frame brings; null for all.</param>
    public IMimiDecoder OpenDecoder(int? codebooks = null) => new PackedMimiDecoder(_weights, codebooks);
}
