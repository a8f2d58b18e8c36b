using CsmAgent.Models.Csm;
using CsmAgent.Tensors.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>The mean of speech models that went different ways from the same weights: what each learnt by heart differs and wears off, what all
/// have learnt stays.</summary>
/// <remarks>M. Wortsman et al., "Model soups: averaging weights of multiple fine-tuned models improves accuracy without increasing inference
/// time", 2022. Models that do not share most of their training have no mean that speaks.</remarks>
public static class SpeechMean
{
    /// <summary>Writes the mean of every weight, in bfloat16.</summary>
    /// <param name="models">Folders of two models or more, of one configuration; each counts the same.</param>
    /// <param name="into">Folder to write; made if missing.</param>
    /// <exception cref="InvalidDataException">Fewer than two, or of different configurations.</exception>
    /// <exception cref="CheckpointException">A configuration is malformed, or weights do not fit it.</exception>
    public static void Write(IReadOnlyList<string> models, string into)
    {
        if (models.Count < 2)
        {
            throw new InvalidDataException($"{string.Join(", ", models)}: a mean is of two models or more. Name another.");
        }

        var configs = models.Select(model => CsmConfig.Open(Path.Combine(model, "config.json"))).ToArray();
        if (Array.FindIndex(configs, config => config != configs[0]) is > 0 and var other)
        {
            throw new InvalidDataException($"{models[other]}: its config.json is not that of {models[0]}, and only models of one shape have a mean.");
        }

        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var share = (1.0 / models.Count).ToScalar();
        var means = new Dictionary<string, Tensor>();
        foreach (var model in models)
        {
            using var checkpoint = CsmCheckpoint.Open(Path.Combine(model, DeskSpeech.FileName), configs[0]);
            using var weights = CsmWeights.Load(checkpoint, ScalarType.Float32);
            foreach (var (name, weight) in weights.Parameters)
            {
                var part = weight * share;
                if (!means.TryAdd(name, part))
                {
                    means[name].add_(part);
                    part.Dispose();
                }
            }
        }

        DeskSpeech.Save(into, configs[0], means);
    }
}
