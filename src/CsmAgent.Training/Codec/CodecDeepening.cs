using System.Globalization;
using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Safetensors;

namespace CsmAgent.Training.Codec;

/// <summary>Gives a codec more transformer layers, or more residual units at every stage, that pass on what they get.</summary>
/// <remarks>See <see cref="Deepening"/>. Encoder and decoder get as many: one field of the configuration counts both.</remarks>
internal static class CodecDeepening
{
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
        GrownCodec.Write(from, into, config, deeper, (name, fresh, before) =>
        {
            if (NameBefore(name, config, deeper) is { } known && before.TryGetValue(known, out var old))
            {
                fresh.copy_(old);
            }
            else if (name.EndsWith("layer_scale.scale", StringComparison.Ordinal) || name.EndsWith("block.3.conv.weight", StringComparison.Ordinal))
            {
                // What a new layer or unit adds to the stream.
                fresh.zero_();
            }
        });
    }

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
