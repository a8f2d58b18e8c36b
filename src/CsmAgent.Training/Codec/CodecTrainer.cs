using System.Diagnostics;
using System.Text.Json;
using CsmAgent.Training.Corpus;
using CsmAgent.Training.Optimization;
using CsmAgent.Training.Runs;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Trains encoder, codebooks and decoder. Killed at any time, it resumes to the same curve.</summary>
public static class CodecTrainer
{
    /// <summary>Runs until the last step, or until cancelled; either way the state is saved.</summary>
    /// <param name="options">What and where.</param>
    /// <param name="progress">Told at each entry of the log: step and one line; null for silence.</param>
    /// <param name="cancellationToken">Ends the run after the current step.</param>
    /// <returns>Steps taken in all.</returns>
    /// <exception cref="TrainingDivergedException">Loss or gradient is not finite; the last state is kept.</exception>
    /// <exception cref="IOException">The disk is full; the last complete state is kept.</exception>
    public static long Run(CodecOptions options, IProgress<(long Step, string Line)>? progress = null, CancellationToken cancellationToken = default)
    {
        TorchThreads.UseOnePerWorker();
        using var corpus = PreparedCorpus.Open(options.Corpus);
        // The workers are the threads.
        set_num_threads(1);
        using var run = CodecRun.Open(options, corpus.PhoneSymbols.Count);
        using var mel = new MelLoss();
        using var log = TrainingLog.Open(options.Run, run.State.Step);
        File.WriteAllText(Path.Combine(options.Run, "options.json"), JsonSerializer.Serialize(options));
        var objective = new CodecObjective(run.Config, mel, options.PhoneWeight);
        var sampler = new CropSampler(corpus, heldOut: false, options.Seed);
        var rate = new LearningRate(options.LearningRate, options.WarmUpSteps, options.Steps, options.DecayShare);
        var sinceSave = Stopwatch.StartNew();
        var sinceLog = Stopwatch.StartNew();
        var recent = new List<CodecLosses>();
        while (run.State.Step < options.Steps && !cancellationToken.IsCancellationRequested)
        {
            using var scope = NewDisposeScope();
            var (losses, norm) = Step(options, run, objective, sampler, rate);
            recent.Add(losses);
            if (run.State.Step % options.LogEvery == 0)
            {
                var mean = CodecLosses.Mean(recent);
                var seconds = sinceLog.Elapsed.TotalSeconds / recent.Count;
                log.Write(run.State.Step, [.. mean.Scalars(), ("norm", norm), ("rate", rate.At(run.State.Step)), ("seconds", seconds)]);
                progress?.Report((run.State.Step, $"mel {mean.Mel:f3} phones {mean.PhonesRight:p0} commitment {mean.Commitment:f3} norm {norm:f2} {seconds:f2} s/step"));
                recent.Clear();
                sinceLog.Restart();
            }

            if (sinceSave.Elapsed > options.CheckpointEvery)
            {
                run.Save();
                sinceSave.Restart();
            }
        }

        run.Save();
        return run.State.Step;
    }

    private static (CodecLosses Losses, double Norm) Step(
        CodecOptions options, CodecRun run, CodecObjective objective, CropSampler sampler, LearningRate rate)
    {
        var step = run.State.Step;
        var codebooks = run.Codebooks.Vectors();
        var share = options.Batch / options.Workers;
        var (gradient, reports) = Gradients.Mean(options.Workers, worker =>
        {
            var crops = sampler.Next(step, worker, share, options.CropFrames, run.Config.Codebooks - 1);
            var (leaf, tensors) = run.State.Parameters.Differentiable();
            var (loss, parts, choices) = objective.Whole(tensors, codebooks, crops, step >= options.PhoneHeadSteps);
            loss.backward();
            return (leaf.grad!, (Parts: parts, Choices: Kept(choices)));
        });
        var losses = CodecLosses.Mean([.. reports.Select(report => report.Parts)]);
        var norm = run.State.Advance(gradient, losses.Total, options.GradientClip, rate.At(step), options.AverageDecay);
        UpdateCodebooks(run, options, step, [.. reports.Select(report => report.Choices)]);
        foreach (var vectors in codebooks)
        {
            vectors.Dispose();
        }

        return (losses, norm);
    }

    // Worker scopes end before the codebooks are updated.
    private static List<(Tensor Vectors, Tensor Chosen)> Kept(IReadOnlyList<(Tensor Vectors, Tensor Chosen)> choices) =>
        [.. choices.Select(choice => (choice.Vectors.DetachFromDisposeScope(), choice.Chosen.DetachFromDisposeScope()))];

    private static void UpdateCodebooks(CodecRun run, CodecOptions options, long step, List<List<(Tensor Vectors, Tensor Chosen)>> workers)
    {
        var random = CropSampler.RandomOf(options.Seed, step, worker: -1);
        for (var k = 0; k < run.Config.Codebooks; k++)
        {
            using var vectors = cat([.. workers.Select(choices => choices[k].Vectors)]);
            using var chosen = cat([.. workers.Select(choices => choices[k].Chosen)]);
            run.Codebooks.Update(k, vectors, chosen, random);
            foreach (var choices in workers)
            {
                choices[k].Vectors.Dispose();
                choices[k].Chosen.Dispose();
            }
        }
    }
}
