using CsmAgent.Models.Csm;
using CsmAgent.Training.Optimization;
using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>Everything a speech model's run carries from step to step, and what it exports.</summary>
public sealed class CsmRun : IDisposable
{
    private readonly CsmWeights? _base;

    private CsmRun(CsmOptions options, CsmConfig config, ParameterVector parameters, CsmWeights? adapted = null)
    {
        Config = options.GuideWeight > 0 ? config with { AlignmentHead = AttentionGuide.BestReader(config.Backbone.LayerCount) } : config;
        _base = adapted;
        ExportFolder = Path.Combine(options.Run, "csm");
        State = new(options.Run, parameters, new(0.9, 0.97, WeightDecay: 0.1), Decays);
        State.RestoreIfSaved([]);
    }

    /// <summary>The model's shape.</summary>
    public CsmConfig Config { get; }

    /// <summary>Parameters, moments, average, steps.</summary>
    public ModelState State { get; }

    /// <summary>The folder the model is exported to.</summary>
    public string ExportFolder { get; }

    /// <summary>Resumes the run in a folder, or starts one.</summary>
    /// <param name="options">Where, and from what.</param>
    /// <param name="codebooks">The codec's codebooks.</param>
    /// <param name="codebookSize">Entries of each.</param>
    /// <param name="phones">The corpus's phone labels.</param>
    public static CsmRun Open(CsmOptions options, int codebooks, int codebookSize, int phones)
    {
        using var scope = NewDisposeScope();
        if (options.Start is null)
        {
            var fresh = DeskSpeech.Config(codebooks, codebookSize, options.Rows);
            return new(options, fresh, new(DeskSpeech.Fresh(fresh, options.Seed).Concat(Phones(options, fresh, phones))));
        }

        var config = CsmConfig.Open(Path.Combine(options.Start, "config.json"));
        // Rows further apart than any it learnt with are strange to a small model: it says nothing sensible beyond them.
        config = config with { Backbone = config.Backbone with { MaxPositions = Math.Max(config.Backbone.MaxPositions, options.Rows) } };
        var index = Path.Combine(options.Start, DeskSpeech.FileName + ".index.json");
        using var checkpoint = CsmCheckpoint.Open(File.Exists(index) ? index : Path.Combine(options.Start, DeskSpeech.FileName), config);
        if (options.LoraRank > 0)
        {
            return new(options, config, new(new LoraAdapter(options.LoraRank).Initial(config, options.Seed)), CsmWeights.Load(checkpoint));
        }

        using var weights = CsmWeights.Load(checkpoint);
        return new(options, config, new(weights.Parameters.Select(entry => (entry.Key, entry.Value)).Concat(Phones(options, config, phones))));
    }

    /// <summary>The model over trained tensors; its rotary tables reach as far as a sequence.</summary>
    /// <param name="trained">By name: the model's own, or those of the low-rank adapter; borrowed.</param>
    /// <param name="rows">Rows of a sequence.</param>
    /// <param name="precision">Element type the base model is cast to under low-rank fine-tuning.</param>
    /// <returns>Owned by the caller; disposing it leaves the tensors alone.</returns>
    public CsmWeights Bind(IReadOnlyDictionary<string, Tensor> trained, int rows, ScalarType precision = ScalarType.Float32) => CsmWeights.Create(
        Config with { Backbone = Config.Backbone with { MaxPositions = rows } },
        (name, _) => _base is null ? trained[name].alias() : LoraAdapter.Merge(name, _base.Parameters[name].to(precision), trained));

    /// <summary>Writes the state and exports the model with its averaged weights.</summary>
    public void Save()
    {
        State.Save([]);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var averaged = State.Parameters.Split(State.Average);
        var tensors = _base is null
            ? CsmTensorNames.Shapes(Config).Keys.ToDictionary(name => name, name => averaged[name])
            : _base.Parameters.ToDictionary(entry => entry.Key, entry => LoraAdapter.Merge(entry.Key, entry.Value, averaged));
        DeskSpeech.Save(ExportFolder, Config, tensors, new Dictionary<string, string> { ["step"] = $"{State.Step}" });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        State.Dispose();
        _base?.Dispose();
    }

    private static IEnumerable<(string Name, Tensor Value)> Phones(CsmOptions options, CsmConfig config, int phones) =>
        options.PhoneWeight > 0 ? SpokenPhones.Initial(config.Backbone.Width, phones) : [];

    // Tables are looked up, not multiplied: shrinking rows that a batch does not use would only forget them.
    private static bool Decays(string name, long[] shape) => shape.Length > 1 && name is not (CsmTensorNames.TextTable or CsmTensorNames.AudioTable);
}
