using System.Globalization;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Training.Corpus;
using CsmAgent.Training.Optimization;
using CsmAgent.Training.Runs;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Training.Codec;

/// <summary>Teaches a <see cref="PhoneEar"/> on recordings before a decoder learns from it, and keeps it in the run's folder. It stays as it is from
/// then on: with the decoder's many steps it would learn the corpus by heart, and understand what nobody else would.</summary>
public static class EarTraining
{
    private const int Batch = 16;
    private const int CropFrames = 24;
    private const double Rate = 1.5e-3;
    private const double GradientClip = 2;
    private const int WarmUpSteps = 50;
    private const double DecayShare = 0.6;
    private const double AverageDecay = 0.99;

    /// <summary>Reads the ear of a run, or teaches one and writes it.</summary>
    /// <param name="options">The run: <see cref="CodecOptions.EarSteps"/>, corpus, workers, seed.</param>
    /// <param name="ear">The network; borrowed.</param>
    /// <param name="corpus">The corpus; borrowed.</param>
    /// <param name="progress">Told while it learns; null for silence.</param>
    /// <param name="cancellationToken">Ends the work; nothing is written.</param>
    /// <returns>Weights by name, without gradient; owned by the caller.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or its ear was taught otherwise or on other recordings.</exception>
    /// <exception cref="TrainingDivergedException">Loss or gradient is not finite.</exception>
    public static IReadOnlyDictionary<string, Tensor> Open(
        CodecOptions options, PhoneEar ear, PreparedCorpus corpus, IProgress<(long Step, string Line)>? progress = null, CancellationToken cancellationToken = default)
    {
        var file = Path.Combine(options.Run, "ear.safetensors");
        var key = string.Create(
            CultureInfo.InvariantCulture, $"{options.EarSteps} steps, {corpus.Items.Count} items, {corpus.Items.Sum(item => (long)item.Frames)} frames, {corpus.PhoneSymbols.Count} phones, floor {MelLoss.Floor}, seed {options.Seed}");
        if (!File.Exists(file))
        {
            Teach(options, ear, corpus, file, key, progress, cancellationToken);
        }

        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(file);
        var found = checkpoint.Files[0].Metadata.GetValueOrDefault("key", "nothing");
        if (found != key)
        {
            throw new CheckpointException(file, "key", key, found, "This ear was taught otherwise: remove the file, and it is taught again.");
        }

        var shapes = PhoneEar.Initial(corpus.PhoneSymbols.Count, options.Seed).ToDictionary(entry => entry.Name, entry => (IReadOnlyList<long>)entry.Value.shape);
        checkpoint.RequireExactly(shapes);
        return shapes.Keys.ToDictionary(name => name, name => checkpoint.ToTensor(name).DetachFromDisposeScope(), StringComparer.Ordinal);
    }

    private static void Teach(
        CodecOptions options, PhoneEar ear, PreparedCorpus corpus, string file, string key, IProgress<(long Step, string Line)>? progress, CancellationToken cancellationToken)
    {
        var sampler = new CropSampler(corpus, heldOut: false, options.Seed);
        using var state = new ModelState(
            options.Run, new(PhoneEar.Initial(corpus.PhoneSymbols.Count, options.Seed)), new(0.9, 0.999), (_, shape) => shape.Length > 1);
        var rate = new LearningRate(Rate, WarmUpSteps, options.EarSteps, DecayShare);
        var share = Math.Max(1, Batch / options.Workers);
        var report = new Share("the ear learns", progress);
        while (state.Step < options.EarSteps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var step = state.Step;
            var (gradient, losses) = Gradients.Mean(options.Workers, worker =>
            {
                using var dropout = new Generator((ulong)CropSampler.RandomOf(options.Seed + 1, step, worker).NextInt64());
                var crops = sampler.Next(step, worker, share, CropFrames, acousticCodebooks: 1);
                var (leaf, tensors) = state.Parameters.Differentiable();
                var loss = F.cross_entropy(ear.Logits(crops.Heard, tensors, dropout), crops.Phones);
                loss.backward();
                return (leaf.grad!, (double)loss.item<float>());
            });
            state.Advance(gradient, losses.Average(), GradientClip, rate.At(step), AverageDecay);
            if (state.Step % options.LogEvery == 0)
            {
                report.Report((double)state.Step / options.EarSteps);
            }
        }

        using var guard = no_grad();
        using var views = NewDisposeScope();
        SafetensorsWriter.Write(
            file, state.Parameters.Split(state.Average).Select(entry => StoredTensor.Of(entry.Key, entry.Value)), new Dictionary<string, string> { ["key"] = key });
    }
}
