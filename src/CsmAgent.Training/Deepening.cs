using CsmAgent.Models.Configuration;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Training.Codec;
using CsmAgent.Training.Speech;
using static TorchSharp.torch;

namespace CsmAgent.Training;

/// <summary>Gives a trained model more layers that pass on what they get, so that training goes on from where it was.</summary>
/// <remarks>T. Chen, I. Goodfellow, J. Shlens, "Net2Net: Accelerating learning via knowledge transfer", 2016. A new layer's inner weights are
/// fresh, what it adds to the residual stream is multiplied by zero; the zeros learn first.</remarks>
public static class Deepening
{
    private const int Seed = 1;

    /// <summary>Deepens the transformers of a codec, or the depth decoder of a speech model.</summary>
    /// <param name="from">Folder of the model.</param>
    /// <param name="into">Folder to write; made if missing.</param>
    /// <param name="layers">Layers there should be in all.</param>
    /// <exception cref="InvalidDataException">It has as many layers already, or is neither a Mimi nor a CSM.</exception>
    /// <exception cref="CheckpointException">The configuration is malformed, or the weights do not fit it.</exception>
    public static void Write(string from, string into, int layers)
    {
        var config = ConfigObject.Open(Path.Combine(from, "config.json"));
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        switch (config.TryText("model_type"))
        {
            case "mimi":
                WriteCodec(from, into, layers);
                break;
            case "csm":
                WriteSpeech(from, into, layers);
                break;
            case var other:
                throw new InvalidDataException($"{config.FilePath}: model_type is '{other}'. Name the folder of a Mimi or a CSM in transformers' names.");
        }
    }

    // The encoder gets as many: one field of the configuration counts both. Its new layers stay as they are, and so do the codes.
    private static void WriteCodec(string from, string into, int layers)
    {
        var config = MimiConfig.Load(from);
        RequireMore(from, config.TransformerLayers, layers);
        using var checkpoint = Checkpoint.Open(Path.Combine(from, MimiCheckpoint.FileName));
        var deeper = config with { TransformerLayers = layers };
        var tensors = FreshCodec.Create(deeper, Seed);
        foreach (var scale in tensors.Where(entry => entry.Key.EndsWith("layer_scale.scale", StringComparison.Ordinal)))
        {
            scale.Value.zero_();
        }

        var kept = MimiCheckpoint.LoadTensors(checkpoint, config);
        var all = new Dictionary<string, Tensor>(tensors.Where(entry => !kept.ContainsKey(entry.Key)).Concat(kept));
        MimiCheckpoint.Save(into, deeper, all, type: MimiCheckpoint.StoredType(checkpoint));
        foreach (var tensor in tensors.Values.Concat(kept.Values))
        {
            tensor.Dispose();
        }
    }

    private static void WriteSpeech(string from, string into, int layers)
    {
        var config = CsmConfig.Open(Path.Combine(from, "config.json"));
        RequireMore(from, config.Depth.LayerCount, layers);
        using var checkpoint = CsmCheckpoint.Open(Path.Combine(from, DeskSpeech.FileName), config);
        using var weights = CsmWeights.Load(checkpoint);
        var deeper = config with { Depth = config.Depth with { LayerCount = layers } };
        var tensors = new Dictionary<string, Tensor>(weights.Parameters);
        foreach (var (name, value) in DeskSpeech.Fresh(deeper, Seed).Where(entry => !weights.Parameters.ContainsKey(entry.Name)))
        {
            tensors[name] = name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal)
                ? value.zero_()
                : value;
        }

        DeskSpeech.Save(into, deeper, tensors);
    }

    private static void RequireMore(string from, int has, int wanted)
    {
        if (wanted <= has)
        {
            throw new InvalidDataException($"{from}: has {has} layers, {wanted} would not make it deeper. Ask for more.");
        }
    }
}
