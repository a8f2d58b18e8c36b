using CsmAgent.Models.Csm;
using CsmAgent.Training.Optimization;
using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>Everything a speech model's run carries from step to step, and what it exports.</summary>
public sealed class CsmRun : IDisposable
{
    private CsmRun(CsmOptions options, CsmConfig config, ParameterVector parameters)
    {
        Config = config;
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
    public static CsmRun Open(CsmOptions options, int codebooks, int codebookSize)
    {
        using var scope = NewDisposeScope();
        if (options.Start is null)
        {
            var fresh = DeskSpeech.Config(codebooks, codebookSize);
            return new(options, fresh, new(DeskSpeech.Fresh(fresh, options.Seed)));
        }

        var config = CsmConfig.Open(Path.Combine(options.Start, "config.json"));
        using var checkpoint = CsmCheckpoint.Open(Path.Combine(options.Start, DeskSpeech.FileName), config);
        using var weights = CsmWeights.Load(checkpoint);
        return new(options, config, new(weights.Parameters.Select(entry => (entry.Key, entry.Value))));
    }

    /// <summary>The model over given tensors; its rotary tables reach as far as a sequence.</summary>
    /// <param name="tensors">By name; borrowed.</param>
    /// <param name="rows">Rows of a sequence.</param>
    /// <returns>Owned by the caller; disposing it leaves the tensors alone.</returns>
    public CsmWeights Bind(IReadOnlyDictionary<string, Tensor> tensors, int rows) =>
        CsmWeights.Create(Config with { Backbone = Config.Backbone with { MaxPositions = rows } }, (name, _) => tensors[name].alias());

    /// <summary>Writes the state and exports the model with its averaged weights.</summary>
    public void Save()
    {
        State.Save([]);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        DeskSpeech.Save(ExportFolder, Config, State.Parameters.Split(State.Average), new Dictionary<string, string> { ["step"] = $"{State.Step}" });
    }

    /// <inheritdoc/>
    public void Dispose() => State.Dispose();

    // Tables are looked up, not multiplied: shrinking rows that a batch does not use would only forget them.
    private static bool Decays(string name, long[] shape) => shape.Length > 1 && name is not (CsmTensorNames.TextTable or CsmTensorNames.AudioTable);
}
