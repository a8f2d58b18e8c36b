using System.Globalization;
using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Safetensors;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Gives a codec more transformer layers, or more residual units at every stage, that pass on what they get.</summary>
/// <remarks>See <see cref="Deepening"/>. Encoder and decoder get as many: one field of the configuration counts both.</remarks>
internal static class CodecDeepening
{
    private const int Seed = 1;

    /// <summary>Deepens; what is heard and said stays the same.</summary>
    /// <param name="from">Folder of the codec.</param>
    /// <param name="into">Folder to write; made if missing.</param>
    /// <param name="layers">Layers there should be in each transformer; null for as many as there are.</param>
    /// <param name="units">Residual units there should be at each stage; null for as many as there are.</param>
    /// <exception cref="InvalidDataException">It has as many already.</exception>
    /// <exception cref="CheckpointException">The weights do not fit the configuration.</exception>
    public static void Write(string from, string into, int? layers, int? units)
    {
        var config = MimiConfig.Load(from);
        var deeper = config with
        {
            TransformerLayers = Deepening.More(from, "layers", config.TransformerLayers, layers),
            ResidualLayers = Deepening.More(from, "residual units", config.ResidualLayers, units),
        };
        using var checkpoint = Checkpoint.Open(Path.Combine(from, MimiCheckpoint.FileName));
        var tensors = FreshCodec.Create(deeper, Seed);
        var kept = MimiCheckpoint.LoadTensors(checkpoint, config);
        var all = tensors.ToDictionary(entry => entry.Key, entry => NameBefore(entry.Key, config, deeper) is { } name && kept.TryGetValue(name, out var old) ? old : Silent(entry.Key, entry.Value));
        MimiCheckpoint.Save(into, deeper, all, type: MimiCheckpoint.StoredType(checkpoint));
        foreach (var tensor in tensors.Values.Concat(kept.Values))
        {
            tensor.Dispose();
        }
    }

    // What a new layer or unit adds to the stream is multiplied by zero.
    private static Tensor Silent(string name, Tensor fresh) =>
        name.EndsWith("layer_scale.scale", StringComparison.Ordinal) || name.EndsWith("block.3.conv.weight", StringComparison.Ordinal) ? fresh.zero_() : fresh;

    // Convolutions are numbered through, so that more units move all that follow. A stage is the activation, the resampling convolution and the
    // units; the decoder has the units last, the encoder first.
    private static string? NameBefore(string name, MimiConfig before, MimiConfig after)
    {
        var parts = name.Split('.');
        if (parts is not [("encoder" or "decoder") and var side, "layers", var number, ..])
        {
            return name;
        }

        var stages = after.UpsamplingRatios.Count;
        var (stage, place) = Math.DivRem(int.Parse(number, CultureInfo.InvariantCulture) - 1, after.ResidualLayers + 2);
        if (stage >= 0 && stage < stages)
        {
            var unit = side == "encoder" ? place : place - 2;
            if (unit >= before.ResidualLayers && unit < after.ResidualLayers)
            {
                return null;
            }

            place -= side == "encoder" && unit >= after.ResidualLayers ? after.ResidualLayers - before.ResidualLayers : 0;
        }

        parts[2] = number == "0" ? number : (1 + (stage * (before.ResidualLayers + 2)) + place).ToString(CultureInfo.InvariantCulture);
        return string.Join('.', parts);
    }
}
