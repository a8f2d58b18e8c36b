using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Everything a codec run carries from step to step, and its checkpoints.</summary>
public sealed class CodecRun : IDisposable
{
    private const string StateFile = "state.safetensors";
    private readonly Dictionary<string, Tensor> _start;
    private readonly string _folder;

    private CodecRun(string folder, MimiConfig config, Dictionary<string, Tensor> start, ParameterVector parameters, AdamWOptions optimizer)
    {
        (_folder, Config, _start, Parameters) = (folder, config, start, parameters);
        Codebooks = new(config, start);
        Optimizer = new(parameters.Values.size(0), optimizer, parameters.Mask((_, shape) => shape.Length > 1));
        Average = parameters.Values.clone().DetachFromDisposeScope();
    }

    /// <summary>The codec's shape.</summary>
    public MimiConfig Config { get; }

    /// <summary>What is trained.</summary>
    public ParameterVector Parameters { get; }

    /// <summary>The optimiser's moments.</summary>
    public AdamW Optimizer { get; }

    /// <summary>The codebooks.</summary>
    public CodebookAverages Codebooks { get; }

    /// <summary>(N) running average of the parameters, which is what gets exported.</summary>
    public Tensor Average { get; }

    /// <summary>Steps taken.</summary>
    public long Step { get; private set; }

    /// <summary>Where the state lies.</summary>
    public string StatePath => Path.Combine(_folder, StateFile);

    /// <summary>Resumes the run in a folder, or starts one from a codec.</summary>
    /// <param name="options">Where, and what learns.</param>
    /// <param name="phones">Number of phone labels.</param>
    /// <exception cref="CheckpointException">The state belongs to another configuration; every difference is named.</exception>
    public static CodecRun Open(CodecOptions options, int phones)
    {
        Directory.CreateDirectory(options.Run);
        var config = MimiConfig.Load(options.Start);
        using var checkpoint = Checkpoint.Open(Path.Combine(options.Start, MimiCheckpoint.FileName));
        var start = MimiCheckpoint.LoadTensors(checkpoint, config);
        using var scope = NewDisposeScope();
        var trained = MimiTensorNames.Parameters(config)
            .Where(entry => options.Phase == CodecPhase.Whole || IsDecoder(entry.Name))
            .Select(entry => (entry.Name, start[entry.Name]));
        if (options.Phase == CodecPhase.Whole)
        {
            trained = trained.Concat(PhoneHead.Initial(config.CodebookDimension, phones, options.Seed));
        }

        var run = new CodecRun(options.Run, config, start, new ParameterVector(trained), new(0.8, 0.99, WeightDecay: 1e-3));
        if (File.Exists(run.StatePath))
        {
            run.Restore();
        }

        return run;
    }

    /// <summary>Tensors a decoder phase may change: they do not touch the codes.</summary>
    /// <param name="name">Canonical name.</param>
    public static bool IsDecoder(string name) =>
        name.StartsWith("decoder", StringComparison.Ordinal) || name.StartsWith("upsample", StringComparison.Ordinal) || name.Contains("output_proj", StringComparison.Ordinal);

    /// <summary>A tensor that this phase leaves as it was.</summary>
    /// <param name="name">Canonical name.</param>
    public Tensor Frozen(string name) => _start[name];

    /// <summary>Applies one step.</summary>
    /// <param name="gradient">(N); borrowed.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="averageDecay">Decay of the average.</param>
    public void Advance(Tensor gradient, double rate, double averageDecay)
    {
        Optimizer.Step(Parameters.Values, gradient, rate);
        Step++;
        using var guard = no_grad();
        // A short memory at first, so that the start does not linger.
        var decay = Math.Min(averageDecay, (1.0 + Step) / (10 + Step));
        using Scalar keep = decay;
        using Scalar take = 1 - decay;
        Average.mul_(keep).add_(Parameters.Values, take);
    }

    /// <summary>Writes state and exported codec; either appears complete or not at all.</summary>
    public void Save()
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(StatePath, State().Select(entry => StoredTensor.Of(entry.Name, entry.Value)),
            new Dictionary<string, string> { ["step"] = Step.ToString() });
        var tensors = Exported();
        MimiCheckpoint.Save(Path.Combine(_folder, "codec"), Config, tensors, new Dictionary<string, string> { ["step"] = Step.ToString() });
    }

    /// <summary>The codec as it would be used: averaged weights, current codebooks; owned by the current scope or this object.</summary>
    public IReadOnlyDictionary<string, Tensor> Exported()
    {
        var tensors = new Dictionary<string, Tensor>(_start);
        foreach (var (name, value) in Parameters.Split(Average))
        {
            tensors[name] = value;
        }

        foreach (var (name, value) in Codebooks.Named(Config))
        {
            tensors[name] = value;
        }

        return tensors;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Parameters.Dispose();
        Optimizer.Dispose();
        Codebooks.Dispose();
        Average.Dispose();
        foreach (var tensor in _start.Values)
        {
            tensor.Dispose();
        }
    }

    private IEnumerable<(string Name, Tensor Value)> State() =>
    [
        ("values", Parameters.Values), ("mean", Optimizer.Mean), ("square", Optimizer.Square), ("average", Average),
        .. Codebooks.Named(Config),
    ];

    private void Restore()
    {
        using var guard = no_grad();
        using var file = Checkpoint.Open(StatePath);
        var state = State().ToList();
        file.RequireExactly(state.ToDictionary(entry => entry.Name, entry => (IReadOnlyList<long>)entry.Value.shape));
        foreach (var (name, value) in state)
        {
            using var stored = file.ToTensor(name);
            value.copy_(stored);
        }

        Step = long.Parse(file.Files[0].Metadata["step"]);
        Optimizer.Steps = Step;
    }
}
