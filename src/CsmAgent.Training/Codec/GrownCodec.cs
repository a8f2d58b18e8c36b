using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Safetensors;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Writes a codec of a larger configuration that begins with what a smaller one has learnt.</summary>
internal static class GrownCodec
{
    private const int Seed = 1;

    /// <summary>Writes it; <paramref name="from"/> is only read.</summary>
    /// <param name="from">Folder of the smaller codec.</param>
    /// <param name="into">Folder to write; made if missing.</param>
    /// <param name="config">The smaller codec's shape.</param>
    /// <param name="larger">The larger one's.</param>
    /// <param name="begin">Given a name of the larger codec, its fresh tensor and the smaller codec's tensors, changes the fresh one in place.</param>
    /// <param name="type">How the weights are stored; null for as the smaller codec's are.</param>
    /// <exception cref="CheckpointException">The weights do not fit <paramref name="config"/>.</exception>
    public static void Write(
        string from, string into, MimiConfig config, MimiConfig larger, Action<string, Tensor, IReadOnlyDictionary<string, Tensor>> begin, ScalarType? type = null)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(Path.Combine(from, MimiCheckpoint.FileName));
        var before = MimiCheckpoint.LoadTensors(checkpoint, config);
        var tensors = FreshCodec.Create(larger, Seed);
        foreach (var (name, fresh) in tensors)
        {
            begin(name, fresh, before);
        }

        MimiCheckpoint.Save(into, larger, tensors, type: type ?? MimiCheckpoint.StoredType(checkpoint));
        foreach (var tensor in tensors.Values.Concat(before.Values))
        {
            tensor.Dispose();
        }
    }
}
