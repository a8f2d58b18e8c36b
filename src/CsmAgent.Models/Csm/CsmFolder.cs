using CsmAgent.Models.Configuration;
using CsmAgent.Models.Mimi;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Tensors.Sampling;
using static TorchSharp.torch;

namespace CsmAgent.Models.Csm;

/// <summary>
/// A folder with everything a CSM needs: <c>config.json</c>, weights in either format, perhaps <c>tokenizer.json</c>, and the
/// codec inside the weights. As downloaded or as trained; nothing is opened before it is asked for.
/// </summary>
public sealed class CsmFolder
{
    private const string CodecPrefix = "codec_model.";

    private readonly string _folder;
    private readonly ConfigObject _config;

    private CsmFolder(string folder, ConfigObject config)
    {
        (_folder, _config) = (folder, config);
        Config = CsmConfig.Read(config);
        WeightsPath = FindWeights(folder, config);
    }

    /// <summary>The model's shape.</summary>
    public CsmConfig Config { get; }

    /// <summary>The weights: the index of complete shards if there is one, else a single file.</summary>
    public string WeightsPath { get; }

    /// <summary>Reads the configuration and finds the weights.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="CheckpointException">The configuration is malformed, or there are no weights.</exception>
    /// <exception cref="IOException">There is no <c>config.json</c>.</exception>
    public static CsmFolder Open(string folder) => new(folder, ConfigObject.Open(Path.Combine(folder, "config.json")));

    /// <summary>Opens the weights; the caller disposes them.</summary>
    /// <exception cref="CheckpointException">They are malformed or contradict the configuration.</exception>
    public CsmCheckpoint OpenWeights() => CsmCheckpoint.Open(WeightsPath, Config);

    /// <summary>The model's tokenizer: Llama 3's from <c>tokenizer.json</c>; without that file bytes, if the text table is that small.</summary>
    /// <exception cref="CheckpointException">The file is malformed, has more ids than the text table has rows, or is missing for a large table.</exception>
    public ITextTokenizer OpenTokenizer()
    {
        var file = Path.Combine(_folder, "tokenizer.json");
        ITextTokenizer tokenizer = File.Exists(file) ? LlamaTokenizer.Open(file) : new ByteTokenizer();
        if (tokenizer is ByteTokenizer && Config.TextVocabularySize > 512)
        {
            throw new CheckpointException(
                _folder, "tokenizer.json", $"the tokenizer of a text table of {Config.TextVocabularySize} rows", "no such file", "It comes with the model: copy it here.");
        }

        return tokenizer.VocabularySize <= Config.TextVocabularySize
            ? tokenizer
            : throw new CheckpointException(file, null, $"at most {Config.TextVocabularySize} ids, the rows of the text table", $"{tokenizer.VocabularySize}");
    }

    /// <summary>How the model wants to be sampled: <c>do_sample</c>, <c>temperature</c> (0 to 2), <c>top_k</c> (0 for all codes),
    /// <c>guidance_scale</c> and <c>voice_guidance_scale</c> (1 to 10) of <c>generation_config.json</c>; what is not said there is CSM's published default.</summary>
    /// <exception cref="CheckpointException">The file is malformed, or a number is out of range.</exception>
    public SamplingSettings ReadSampling()
    {
        var usual = SamplingSettings.Default;
        var file = Path.Combine(_folder, "generation_config.json");
        if (!File.Exists(file))
        {
            return usual;
        }

        var wanted = ConfigObject.Open(file);
        var topK = wanted.WholeNumber("top_k", 0, int.MaxValue, usual.TopK);
        var guidance = (float)wanted.Number("guidance_scale", 1, ClassifierFreeGuidance.LargestScale, usual.Guidance);
        var voiceGuidance = (float)wanted.Number("voice_guidance_scale", 1, ClassifierFreeGuidance.LargestScale, usual.VoiceGuidance);
        return wanted.Flag("do_sample", missing: true)
            ? new((float)wanted.Number("temperature", 0, 2, usual.Temperature), topK == 0 ? int.MaxValue : topK, guidance, voiceGuidance)
            : new(0, 1, guidance, voiceGuidance);
    }

    /// <summary>Loads the codec stored inside the weights; null if they hold none, as Sesame's own file. The caller disposes it.</summary>
    /// <param name="device">Where it should live; null is the CPU.</param>
    /// <exception cref="InvalidDataException">The configuration of the codec is not Mimi's.</exception>
    /// <exception cref="CheckpointException">The codec's weights contradict its configuration.</exception>
    public MimiWeights? LoadCodec(Device? device = null)
    {
        using var checkpoint = Checkpoint.Open(WeightsPath);
        return checkpoint.Names.Any(name => name.StartsWith(CodecPrefix, StringComparison.Ordinal))
            ? MimiCheckpoint.Load(checkpoint, MimiConfig.Parse(_config.FilePath, _config.Child("codec_config").Json), CodecPrefix, device)
            : null;
    }

    private static string FindWeights(string folder, ConfigObject config)
    {
        // The release calls its index by another name and says so in its configuration.
        string[] candidates =
        [
            config.TryText("transformers_weights") ?? string.Empty,
            "transformers.safetensors.index.json", "model.safetensors.index.json", "model.safetensors", "original.safetensors",
        ];
        foreach (var name in candidates.Where(name => name.Length > 0 && Path.GetFileName(name) == name))
        {
            var path = Path.Combine(folder, name);
            if (File.Exists(path))
            {
                return path;
            }
        }

        throw new CheckpointException(folder, null, $"weights under one of the names {string.Join(", ", candidates[1..])}", "none of them");
    }
}
