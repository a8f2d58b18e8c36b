using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Training.Optimization;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Everything a codec run carries from step to step, and what it exports.</summary>
public sealed class CodecRun : IDisposable
{
    private readonly Dictionary<string, Tensor> _start;
    private readonly string _folder;
    private readonly ScalarType _exported;

    private CodecRun(CodecOptions options, MimiConfig config, Dictionary<string, Tensor> start, ScalarType exported, ParameterVector parameters)
    {
        (_folder, Config, _start, _exported) = (options.Run, config, start, exported);
        Codebooks = new(config, start);
        State = new(options.Run, parameters, new(0.8, 0.99, WeightDecay: 1e-3), (_, shape) => shape.Length > 1);
        if (options.Phase is CodecPhase.Sharpen or CodecPhase.Refine)
        {
            Judges = new(options.Run, new(Discriminators.Initial(options.Seed)), new(0.8, 0.99), (_, shape) => shape.Length > 1);
        }

        State.RestoreIfSaved(Others);
        Judges?.GoTo(State.Step);
    }

    /// <summary>The codec's shape.</summary>
    public MimiConfig Config { get; }

    /// <summary>Parameters, moments, average, steps.</summary>
    public ModelState State { get; }

    /// <summary>The discriminators of the phases that have them; null in the others. Their checkpoint is part of <see cref="State"/>'s.</summary>
    public ModelState? Judges { get; }

    /// <summary>The codebooks.</summary>
    public CodebookAverages Codebooks { get; }

    /// <summary>The folder the codec is exported to.</summary>
    public string ExportFolder => Path.Combine(_folder, "codec");

    private IEnumerable<(string Name, Tensor Value)> Others => Codebooks.Named(Config).Concat(Judges?.Carried("judges.") ?? []);

    /// <summary>Resumes the run in a folder, or starts one from a codec.</summary>
    /// <param name="options">Where, and what learns.</param>
    /// <param name="phones">Number of phone labels.</param>
    /// <exception cref="CheckpointException">The state belongs to another configuration; every difference is named.</exception>
    public static CodecRun Open(CodecOptions options, int phones)
    {
        var config = MimiConfig.Load(options.Start);
        using var checkpoint = Checkpoint.Open(Path.Combine(options.Start, MimiCheckpoint.FileName));
        var start = MimiCheckpoint.LoadTensors(checkpoint, config);
        using var scope = NewDisposeScope();
        var trained = MimiTensorNames.Parameters(config)
            .Where(entry => options.Phase is CodecPhase.Whole or CodecPhase.Refine || IsDecoder(entry.Name))
            .Select(entry => (entry.Name, start[entry.Name]));
        return new(options, config, start, MimiCheckpoint.StoredType(checkpoint), new(
            options.Phase == CodecPhase.Whole ? trained.Concat(PhoneHead.Initial(config.CodebookDimension, phones, options.Seed)) : trained));
    }

    /// <summary>Tensors the decoder's phases may change: they do not touch the codes.</summary>
    /// <param name="name">Canonical name.</param>
    public static bool IsDecoder(string name) =>
        name.StartsWith("decoder", StringComparison.Ordinal) || name.StartsWith("upsample", StringComparison.Ordinal) || name.Contains("output_proj", StringComparison.Ordinal);

    /// <summary>The codec of a step that trains a part of it.</summary>
    /// <param name="trained">The trained tensors by canonical name; the others are the start's, which such phases leave as they were.</param>
    /// <param name="codebooks">Codebook vectors; borrowed.</param>
    public MimiWeights Bind(IReadOnlyDictionary<string, Tensor> trained, IReadOnlyList<Tensor> codebooks) =>
        MimiWeights.Bind(Config, name => trained.TryGetValue(name, out var tensor) ? tensor : _start[name], codebooks);

    /// <summary>Writes the state and exports the codec with its averaged weights, in the element type of the one it started from; each file appears complete or not at all.</summary>
    public void Save()
    {
        State.Save(Others);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>(_start);
        foreach (var (name, value) in State.Parameters.Split(State.Average).Select(entry => (entry.Key, entry.Value)).Concat(Codebooks.Named(Config)))
        {
            tensors[name] = value;
        }

        MimiCheckpoint.Save(ExportFolder, Config, tensors, new Dictionary<string, string> { ["step"] = $"{State.Step}" }, _exported);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        State.Dispose();
        Judges?.Dispose();
        Codebooks.Dispose();
        foreach (var tensor in _start.Values)
        {
            tensor.Dispose();
        }
    }
}
