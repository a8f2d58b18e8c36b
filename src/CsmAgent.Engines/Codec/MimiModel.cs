using System.Runtime.InteropServices;
using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Inference;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Models.Mimi;
using CsmAgent.Models.Mimi.Packed;
using CsmAgent.Models.Mimi.Streaming;
using CsmAgent.Tensors.Native;
using CsmAgent.Tensors.Packing;
using CsmAgent.Tensors.Safetensors;

namespace CsmAgent.Engines.Codec;

/// <summary>A loaded Mimi, and the one place that says by which path its streams run. Only the inference thread calls it.</summary>
internal sealed class MimiModel : IDisposable
{
    private readonly MimiConfig _config;
    private readonly PackedMimiWeights? _packed;
    private readonly MimiWeights? _torch;

    private MimiModel(MimiConfig config, PackedMimiWeights? packed, MimiWeights? torch, string source) =>
        (_config, _packed, _torch, Source) = (config, packed, torch, source);

    /// <summary>Names the checkpoint: codes of another codec mean other sounds.</summary>
    public string Source { get; }

    public int CodebookCount => _config.Codebooks;

    public int CodebookSize => _config.CodebookSize;

    /// <exception cref="EngineException">The folder holds no Mimi that can be read, or the device has no room for it.</exception>
    public static MimiModel Load(string folder, ComputeDevice device)
    {
        try
        {
            TorchRuntime.EnsureLoaded();
            var source = PackedCsmFile.SourceOf(Path.Combine(folder, MimiCheckpoint.FileName));
            if (device.Torch is { } torch)
            {
                var onDevice = Accelerator.Guard(torch, () => "loading Mimi's weights", () => MimiCheckpoint.Load(folder, torch, device.MimiDecoderType));
                return new MimiModel(onDevice.Config, null, onDevice, source);
            }

            // Torch only reads the file: streams run on our own kernels, one thread, no tensors, nothing allocated per frame.
            MimiModel model;
            using (var weights = MimiCheckpoint.Load(folder))
            {
                model = new MimiModel(weights.Config, PackedMimiWeights.Pack(weights, MimiPacking.For(weights.Config)), null, source);
            }

            // Packing a codec of the released size takes 600 MB beside the result.
            FreedMemory.ReturnToSystem();
            return model;
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or DllNotFoundException or CheckpointException or UnauthorizedAccessException or DeviceException or ExternalException)
        {
            throw new EngineException($"The speech codec in {folder} cannot be loaded: {fault.Message}", fault);
        }
    }

    /// <param name="codebooks">Codebooks to fill; null for all.</param>
    public IMimiEncoder OpenEncoder(int? codebooks = null) =>
        _torch is null ? new PackedMimiEncoder(_packed!, codebooks) : new TorchMimiEncoder(_torch, codebooks);

    /// <param name="codebooks">Codebooks a frame brings; null for all.</param>
    public IMimiDecoder OpenDecoder(int? codebooks = null) =>
        _torch is null ? new PackedMimiDecoder(_packed!, codebooks) : new TorchMimiDecoder(_torch, codebooks);

    /// <summary>Lets go of the weights; streams must be gone.</summary>
    public void Dispose() => _torch?.Dispose();
}
