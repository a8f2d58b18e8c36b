using CsmAgent.Training.Corpus;
using CsmAgent.Training.Optimization;
using CsmAgent.Training.Runs;
using CsmAgent.Training.Speech;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Steps of the decoder over frozen codebooks; with discriminators where the phase has them, and with the encoder where it is refined.</summary>
internal sealed class DecoderStep : ICodecStep
{
    // Fresh discriminators say nothing of use for a while.
    private const double TrustSteps = 300;
    private const double JudgesClip = 10;
    private const double DrawnShare = 0.5;
    private readonly CodecOptions _options;
    private readonly CodecRun _run;
    private readonly CodeCropSampler _codes;
    private readonly CropSampler? _recordings;
    private readonly IReadOnlyList<Tensor> _codebooks;
    private readonly SoundObjective _sound;
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
        _sound = new(options, new(run.Config, mel, options.PhoneWeight), corpus, progress, cancellationToken);
        _recordings = options.Phase == CodecPhase.Refine ? new(corpus, heldOut: false, options.Seed + 1) : null;
        _codes = new(corpus, codes, options.Seed, drawn, _recordings is null ? DrawnShare : 1);
        _codebooks = run.Codebooks.Vectors();
        _objective = new(run, _codebooks, _sound);
    }

    public (CodecLosses Losses, double Norm) Take(double rate)
    {
        var step = _run.State.Step;
        var judges = _run.Judges;
        var share = Math.Max(1, _options.Batch / _options.Workers);
        var (gradient, reports) = Gradients.Mean(_options.Workers, worker =>
        {
            var encoded = _recordings is null ? 0 : (share + 1) / 2;
            var recordings = encoded == 0 ? null : _recordings!.Next(step, worker, encoded, _options.CropFrames, _run.Config.Codebooks - 1);
            var crops = _codes.Next(step, worker, Math.Max(1, share - encoded), _options.CropFrames);
            var (leaf, tensors) = _run.State.Parameters.Differentiable();
            var judging = judges?.Parameters.Differentiable();
            var (decoder, verdict, parts) = _objective.Compute(
                tensors,
                judging is var (_, trained) ? (trained, judges!.Parameters.Split(judges.Parameters.Values), Math.Min(1, step / TrustSteps)) : null,
                crops, recordings);
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
        _sound.Dispose();
        foreach (var vectors in _codebooks)
        {
            vectors.Dispose();
        }
    }
}
