using CsmAgent.Training.Corpus;
using CsmAgent.Training.Optimization;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Steps of encoder, codebooks and decoder together.</summary>
internal sealed class WholeCodecStep(CodecOptions options, CodecRun run, PreparedCorpus corpus, MelLoss mel) : ICodecStep
{
    private readonly CodecObjective _objective = new(run.Config, mel, options.PhoneWeight);
    private readonly CropSampler _sampler = new(corpus, heldOut: false, options.Seed);

    public (CodecLosses Losses, double Norm) Take(double rate)
    {
        var step = run.State.Step;
        var codebooks = run.Codebooks.Vectors();
        var share = Math.Max(1, options.Batch / options.Workers);
        var (gradient, reports) = Gradients.Mean(options.Workers, worker =>
        {
            var crops = _sampler.Next(step, worker, share, options.CropFrames, run.Config.Codebooks - 1);
            var (leaf, tensors) = run.State.Parameters.Differentiable();
            var (loss, parts, choices) = _objective.Whole(tensors, codebooks, crops, step >= options.PhoneHeadSteps);
            loss.backward();
            return (leaf.grad!, (Parts: parts, Choices: Kept(choices)));
        });
        var losses = CodecLosses.Mean([.. reports.Select(report => report.Parts)]);
        var norm = run.State.Advance(gradient, losses.Total, options.GradientClip, rate, options.AverageDecay);
        UpdateCodebooks(step, [.. reports.Select(report => report.Choices)]);
        foreach (var vectors in codebooks)
        {
            vectors.Dispose();
        }

        return (losses, norm);
    }

    public void Save() => run.Save();

    public void Dispose()
    {
        // Everything is borrowed.
    }

    // Worker scopes end before the codebooks are updated.
    private static List<(Tensor Vectors, Tensor Chosen)> Kept(IReadOnlyList<(Tensor Vectors, Tensor Chosen)> choices) =>
        [.. choices.Select(choice => (choice.Vectors.DetachFromDisposeScope(), choice.Chosen.DetachFromDisposeScope()))];

    private void UpdateCodebooks(long step, List<List<(Tensor Vectors, Tensor Chosen)>> workers)
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
