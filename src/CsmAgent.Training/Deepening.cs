using CsmAgent.Models.Configuration;
using CsmAgent.Models.Csm;
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

    /// <summary>Deepens a codec, or the depth decoder of a speech model.</summary>
    /// <param name="from">Folder of the model.</param>
    /// <param name="into">Folder to write; made if missing.</param>
    /// <param name="layers">Layers there should be in all; null for as many as there are.</param>
    /// <param name="units">Residual units there should be at each stage of a codec; null for as many as there are.</param>
    /// <exception cref="InvalidDataException">It has as many already, nothing is asked for, it has no residual units, or it is neither a Mimi nor
    /// a CSM.</exception>
    /// <exception cref="CheckpointException">The configuration is malformed, or the weights do not fit it.</exception>
    public static void Write(string from, string into, int? layers, int? units = null)
    {
        if (layers is null && units is null)
        {
            throw new InvalidDataException($"{from}: neither layers nor residual units are asked for. Name how many there should be.");
        }

        var config = ConfigObject.Open(Path.Combine(from, "config.json"));
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        switch (config.TryText("model_type"))
        {
            case "mimi":
                CodecDeepening.Write(from, into, layers, units);
                break;
            case "csm" when units is not null:
                throw new InvalidDataException($"{config.FilePath}: a speech model has no residual units. Ask for layers.");
            case "csm":
                WriteSpeech(from, into, layers);
                break;
            case var other:
                throw new InvalidDataException($"{config.FilePath}: model_type is '{other}'. Name the folder of a Mimi or a CSM in transformers' names.");
        }
    }

    private static void WriteSpeech(string from, string into, int? layers)
    {
        var config = CsmConfig.Open(Path.Combine(from, "config.json"));
        var deeper = config with { Depth = config.Depth with { LayerCount = More(from, "layers", config.Depth.LayerCount, layers) } };
        using var checkpoint = CsmCheckpoint.Open(Path.Combine(from, DeskSpeech.FileName), config);
        using var weights = CsmWeights.Load(checkpoint);
        var tensors = new Dictionary<string, Tensor>(weights.Parameters);
        foreach (var (name, value) in DeskSpeech.Fresh(deeper, Seed).Where(entry => !weights.Parameters.ContainsKey(entry.Name)))
        {
            tensors[name] = name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal)
                ? value.zero_()
                : value;
        }

        DeskSpeech.Save(into, deeper, tensors);
    }

    /// <summary>How many of something a deeper model has.</summary>
    /// <param name="from">Folder of the model, for the error.</param>
    /// <param name="what">Their name, for the error.</param>
    /// <param name="has">How many there are.</param>
    /// <param name="wanted">How many there should be; null for as many.</param>
    /// <exception cref="InvalidDataException">Not more than there are.</exception>
    internal static int More(string from, string what, int has, int? wanted) => wanted is not { } more
        ? has
        : more > has ? more : throw new InvalidDataException($"{from}: has {has} {what}, {more} would not make it deeper. Ask for more.");
}
