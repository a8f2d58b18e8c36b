using CsmAgent.Training.Corpus;
using CsmAgent.Training.Optimization;
using CsmAgent.Training.Runs;
using CsmAgent.Training.Speech;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Steps of the decoder over frozen codes; with discriminators in the sharpening phase.</summary>
internal sealed class DecoderStep : ICodecStep
{
    // Fresh discriminators say nothing of use for a while.
    private const double TrustSteps = 300;
    private const double JudgesClip = 10;
    private readonly CodecOptions _options;
    private readonly CodecRun _run;
    private readonly CodeCropSampler _sampler;
    private readonly IReadOnlyList<Tensor> _codebooks;
    private readonly PhoneEar _ear = new();
    private readonly IReadOnlyDictionary<string, Tensor> _hearing;
    private readonly CepstralLoss _cepstra = new();
    private readonly DecoderObjective _objective;

    public DecoderStep(
        CodecOptions options, CodecRun run, PreparedCorpus corpus, MelLoss mel, IProgress<(long Step, string Line)>? progress, CancellationToken cancellationToken)
    {
        (_options, _run) = (options, run);
        var codes = CodeCache.Open(
            Path.Combine(options.Run, "codes.safetensors"), corpus, options.Start, starts: 1, new Share("encoding the corpus", progress), cancellationToken);
        var drawn = options.Speech is null
            ? null
            : DrawnCodes.Open(
                Path.Combine(options.Run, "drawn.safetensors"), corpus, codes, run.Config.CodebookSize, options.Speech, new Share("the speech model draws", progress),
                cancellationToken);
        _hearing = EarTraining.Open(options, _ear, corpus, progress, cancellationToken);
        _sampler = new(corpus, codes, options.Seed, drawn);
        _codebooks = run.Codebooks.Vectors();
        _objective = new(run, _codebooks, new(run.Config, mel, options.PhoneWeight), _ear, _hearing, options.PhoneWeight, _cepstra, options.CepstraWeight);
    }

    public (CodecLosses Losses, double Norm) Take(double rate)
    {
        var step = _run.State.Step;
        var judges = _run.Judges;
        var share = Math.Max(1, _options.Batch / _options.Workers);
        var (gradient, reports) = Gradients.Mean(_options.Workers, worker =>
        {
            var crops = _sampler.Next(step, worker, share, _options.CropFrames);
            var (leaf, tensors) = _run.State.Parameters.Differentiable();
            var judging = judges?.Parameters.Differentiable();
            var (decoder, verdict, parts) = _objective.Compute(
                tensors,
                judging is var (_, trained) ? (trained, judges!.Parameters.Split(judges.Parameters.Values), Math.Min(1, step / TrustSteps)) : null,
                crops);
            verdict?.backward();
            decoder.backward();
            using var guard = no_grad();
            return (judging is var (verdicts, _) ? cat([leaf.grad!, verdicts.grad!]) : leaf.grad!, parts);
        });
        var losses = CodecLosses.Mean(reports);
        var own = _run.State.Parameters.Values.size(0);
        judges?.Advance(gradient.narrow(0, own, gradient.size(0) - own), losses.Total, JudgesClip, rate, _options.AverageDecay);

        return (losses, _run.State.Advance(gradient.narrow(0, 0, own), losses.Total, _options.GradientClip, rate, _options.AverageDecay));
    }

    public void Save() => _run.Save();

    public void Dispose()
    {
        _ear.Dispose();
        foreach (var weight in _hearing.Values)
        {
            weight.Dispose();
        }

        _cepstra.Dispose();
        foreach (var vectors in _codebooks)
        {
            vectors.Dispose();
        }
    }

}
