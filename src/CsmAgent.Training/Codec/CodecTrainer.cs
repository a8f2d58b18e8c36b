using System.Diagnostics;
using System.Text.Json;
using CsmAgent.Training.Corpus;
using CsmAgent.Training.Optimization;
using CsmAgent.Training.Runs;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Trains a codec in one of its phases. Killed at any time, it resumes to the same curve.</summary>
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
        if (options is { Phase: CodecPhase.Whole, Speech: not null })
        {
            throw new InvalidDataException($"{options.Speech}: a speech model's codes are voiced by a decoder that learns alone. Choose the phase Decoder, Sharpen or Refine.");
        }

        if (options is { Phase: CodecPhase.Refine, Speech: null })
        {
            throw new InvalidDataException("Refining needs the speech model whose codes must keep their meaning. Name it, or choose the phase Whole.");
        }

        TorchThreads.UseOnePerWorker();
        using var corpus = PreparedCorpus.Open(options.Corpus);
        // The workers are the threads.
        set_num_threads(1);
        using var run = CodecRun.Open(options, corpus.PhoneSymbols.Count);
        using var mel = new MelLoss();
        using ICodecStep phase = options.Phase switch
        {
            CodecPhase.Whole => new WholeCodecStep(options, run, corpus, mel),
            _ => new DecoderStep(options, run, corpus, mel, progress, cancellationToken),
        };
        using var log = TrainingLog.Open(options.Run, run.State.Step);
        File.WriteAllText(Path.Combine(options.Run, "options.json"), JsonSerializer.Serialize(options));
        var rate = new LearningRate(options.LearningRate, options.WarmUpSteps, options.Steps, options.DecayShare);
        var sinceSave = Stopwatch.StartNew();
        var sinceLog = Stopwatch.StartNew();
        var recent = new List<CodecLosses>();
        while (run.State.Step < options.Steps && !cancellationToken.IsCancellationRequested)
        {
            using var scope = NewDisposeScope();
            var (losses, norm) = phase.Take(rate.At(run.State.Step));
            recent.Add(losses);
            if (run.State.Step % options.LogEvery == 0)
            {
                var mean = CodecLosses.Mean(recent);
                var seconds = sinceLog.Elapsed.TotalSeconds / recent.Count;
                log.Write(run.State.Step, [.. mean.Scalars(), ("norm", norm), ("rate", rate.At(run.State.Step)), ("seconds", seconds)]);
                progress?.Report((run.State.Step, $"mel {mean.Mel:f3} cepstra {mean.Cepstra:f3} spread {mean.Spread:f3} phones {mean.PhonesRight:p0} commitment {mean.Commitment:f3} judges {mean.Judges:f2} norm {norm:f2} {seconds:f2} s/step"));
                recent.Clear();
                sinceLog.Restart();
            }

            if (sinceSave.Elapsed > options.CheckpointEvery)
            {
                phase.Save();
                sinceSave.Restart();
            }
        }

        phase.Save();
        return run.State.Step;
    }
}
