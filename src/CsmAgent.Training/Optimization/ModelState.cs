using System.Globalization;
using CsmAgent.Tensors.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Training.Optimization;

/// <summary>What every run carries from step to step: parameters, moments, averaged parameters, and the count of steps.</summary>
public sealed class ModelState : IDisposable
{
    private const string StateFile = "state.safetensors";

    /// <summary>Starts at step 0.</summary>
    /// <param name="folder">The run's folder; made if missing.</param>
    /// <param name="parameters">What is trained; taken over.</param>
    /// <param name="optimizer">Constants of the optimiser.</param>
    /// <param name="decays">Names the tensors that shrink under weight decay.</param>
    public ModelState(string folder, ParameterVector parameters, AdamWOptions optimizer, Func<string, long[], bool> decays)
    {
        Directory.CreateDirectory(folder);
        Path = System.IO.Path.Combine(folder, StateFile);
        Parameters = parameters;
        Optimizer = new(parameters.Values.size(0), optimizer, parameters.Mask(decays));
        Average = parameters.Values.clone().DetachFromDisposeScope();
    }

    /// <summary>The checkpoint's file.</summary>
    public string Path { get; }

    /// <summary>What is trained.</summary>
    public ParameterVector Parameters { get; }

    /// <summary>The optimiser's moments.</summary>
    public AdamW Optimizer { get; }

    /// <summary>(N) running average of the parameters, which is what gets exported.</summary>
    public Tensor Average { get; }

    /// <summary>Steps taken.</summary>
    public long Step { get; private set; }

    /// <summary>Applies one step, unless the numbers went bad.</summary>
    /// <param name="gradient">(N); clipped in place.</param>
    /// <param name="loss">The step's loss.</param>
    /// <param name="clip">Largest gradient norm.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="averageDecay">Decay of the average.</param>
    /// <returns>The gradient's norm before clipping.</returns>
    /// <exception cref="TrainingDivergedException">Loss or gradient is not finite; nothing was applied.</exception>
    public double Advance(Tensor gradient, double loss, double clip, double rate, double averageDecay)
    {
        var norm = Gradients.Clip(gradient, clip);
        if (!double.IsFinite(norm) || !double.IsFinite(loss))
        {
            throw new TrainingDivergedException(Step, double.IsFinite(loss) ? "the gradient" : "the loss", Path);
        }

        Optimizer.Step(Parameters.Values, gradient, rate);
        Step++;
        using var guard = no_grad();
        // A short memory at first, so that the start does not linger.
        var decay = Math.Min(averageDecay, (1.0 + Step) / (10 + Step));
        using Scalar keep = decay;
        using Scalar take = 1 - decay;
        Average.mul_(keep).add_(Parameters.Values, take);
        return norm;
    }

    /// <summary>Writes the checkpoint; it appears complete or not at all.</summary>
    /// <param name="others">What else belongs to the run; borrowed.</param>
    public void Save(IEnumerable<(string Name, Tensor Value)> others)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(
            Path, Named(others).Select(entry => StoredTensor.Of(entry.Name, entry.Value)), new Dictionary<string, string> { ["step"] = $"{Step}" });
    }

    /// <summary>Goes on from the checkpoint, if there is one.</summary>
    /// <param name="others">What else belongs to the run; overwritten in place.</param>
    /// <exception cref="CheckpointException">The checkpoint is damaged or belongs to another configuration; every difference is named.</exception>
    public void RestoreIfSaved(IEnumerable<(string Name, Tensor Value)> others)
    {
        if (!File.Exists(Path))
        {
            return;
        }

        using var guard = no_grad();
        using var file = Checkpoint.Open(Path);
        var found = file.Files[0].Metadata.GetValueOrDefault("step", "nothing");
        if (!long.TryParse(found, NumberStyles.None, CultureInfo.InvariantCulture, out var step))
        {
            throw new CheckpointException(Path, "step", "a count of steps from 0", found, "Remove the file to begin the run again.");
        }

        var state = Named(others).ToList();
        file.RequireExactly(state.ToDictionary(entry => entry.Name, entry => (IReadOnlyList<long>)entry.Value.shape));
        foreach (var (name, value) in state)
        {
            using var stored = file.ToTensor(name);
            value.copy_(stored);
        }

        GoTo(step);
    }

    /// <summary>The tensors of this state, for another state's checkpoint to carry, so that both are of one step.</summary>
    /// <param name="prefix">What their names begin with.</param>
    public IEnumerable<(string Name, Tensor Value)> Carried(string prefix) => Named([]).Select(entry => (prefix + entry.Name, entry.Value));

    /// <summary>Sets the count of steps of a state that another one's checkpoint carried.</summary>
    /// <param name="step">Steps taken.</param>
    public void GoTo(long step)
    {
        Step = step;
        Optimizer.Steps = step;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Parameters.Dispose();
        Optimizer.Dispose();
        Average.Dispose();
    }

    private IEnumerable<(string Name, Tensor Value)> Named(IEnumerable<(string Name, Tensor Value)> others) =>
        [("values", Parameters.Values), ("mean", Optimizer.Mean), ("square", Optimizer.Square), ("average", Average), .. others];
}
