using System.Diagnostics;
using System.Text.Json;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Mimi;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Native;
using CsmAgent.Training.Corpus;
using CsmAgent.Training.Optimization;
using CsmAgent.Training.Runs;
using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>Trains a speech model on the codes of a corpus. Killed at any time, it resumes to the same curve.</summary>
public static class CsmTrainer
{
    // Four rows of a table are moved by little else than what they have in common: with less, tags stay alike for thousands of steps.
    private const double TagsApart = 5;
    private const int JudgedSequences = 8;

    /// <summary>Runs until the last step, or until cancelled; either way the state is saved.</summary>
    /// <param name="options">What and where.</param>
    /// <param name="progress">Told at each entry of the log: step and one line; null for silence.</param>
    /// <param name="cancellationToken">Ends the run after the current step.</param>
    /// <returns>Steps taken in all.</returns>
    /// <exception cref="TrainingDivergedException">Loss or gradient is not finite; the last state is kept.</exception>
    /// <exception cref="IOException">The disk is full; the last complete state is kept.</exception>
    public static long Run(CsmOptions options, IProgress<(long Step, string Line)>? progress = null, CancellationToken cancellationToken = default)
    {
        TorchThreads.UseOnePerWorker();
        Directory.CreateDirectory(options.Run);
        using var corpus = PreparedCorpus.Open(options.Corpus);
        if (Math.Max(options.PhoneWeight, options.GuideWeight) > 0 && !corpus.HasPhoneLabels)
        {
            throw new InvalidDataException(
                $"{options.Corpus}: no phone labels, and weights of {options.PhoneWeight} for phones and {options.GuideWeight} for reading. Label the corpus, or give both no weight.");
        }

        var codec = MimiConfig.Load(options.Codec);
        var encoding = new Share("encoding the corpus", progress);
        var codesFile = Path.Combine(options.Run, "codes.safetensors");
        using var latents = options.CodeTemperature > 0
            ? LatentCache.Open(Path.Combine(options.Run, "latents.safetensors"), corpus, options.Codec, options.Starts, encoding, cancellationToken)
            : null;
        var codes = latents is null
            ? CodeCache.Open(codesFile, corpus, options.Codec, options.Starts, encoding, cancellationToken)
            : CodeCache.Open(codesFile, corpus, options.Codec, options.Starts, latents);
        using var run = CsmRun.Open(options, codec.Codebooks, codec.CodebookSize, corpus.PhoneSymbols.Count);
        using var log = TrainingLog.Open(options.Run, run.State.Step);
        File.WriteAllText(Path.Combine(options.Run, "options.json"), JsonSerializer.Serialize(options));
        var tokenizer = SpeechText.TokenizerOf(run.Config, options.Start);
        if (options.GuideWeight > 0 && tokenizer is not ByteTokenizer)
        {
            throw new InvalidDataException($"{options.Start}: reads tokens of several letters; where in its text the speech is, is known to the byte. Give reading no weight.");
        }

        var alignment = options.GuideWeight > 0 ? LetterAlignment.Learn(corpus) : null;
        var drawn = options.OwnCodes > 0
            ? DrawnCodes.Open(
                Path.Combine(options.Run, "drawn.safetensors"), corpus, codes, codec.CodebookSize,
                options.Start ?? throw new InvalidDataException("A fresh model has no codes of its own to hear. Name one to start from, or hear recordings alone."),
                new Share("the model draws", progress), cancellationToken)
            : null;
        var learnt = new ConversationPacker(corpus, codes, run.Config, tokenizer, heldOut: false, options.Voice, alignment)
        {
            Drawn = drawn,
            DrawnShare = options.OwnCodes,
            Latents = latents,
            VoiceDropout = options.VoiceDropout,
            TextDropout = options.TextDropout,
        };
        var judged = new ConversationPacker(corpus, codes, run.Config, tokenizer, heldOut: true, options.Voice, alignment);
        var rate = new LearningRate(options.LearningRate, options.WarmUpSteps, options.Steps, options.DecayShare);
        var sinceSave = Stopwatch.StartNew();
        var sinceLog = Stopwatch.StartNew();
        var recent = new List<CsmLosses>();
        if (run.State.Step == 0)
        {
            // Where it starts: fine-tuning is judged against this.
            var held = Judge(options, run, judged);
            log.Write(0, held.Scalars().Select(scalar => ("held_" + scalar.Name, scalar.Value)));
            progress?.Report((0, $"held out {held.Backbone:f3} {held.Depth:f3} {held.Right:p1}"));
        }

        while (run.State.Step < options.Steps && !cancellationToken.IsCancellationRequested)
        {
            using var scope = NewDisposeScope();
            var (losses, norm) = Step(options, run, learnt, rate);
            recent.Add(losses);
            if (run.State.Step % options.LogEvery == 0)
            {
                var mean = CsmLosses.Mean(recent);
                var seconds = sinceLog.Elapsed.TotalSeconds / recent.Count;
                List<(string, double)> entry = [.. mean.Scalars(), ("norm", norm), ("rate", rate.At(run.State.Step)), ("seconds", seconds)];
                var line = $"codebook 0 {mean.Backbone:f3} others {mean.Depth:f3} phones {mean.Phones:f3} reading {mean.Reading:f3} voice {mean.Voice:f3} tag {mean.Tag:f3} right {mean.Right:p1} norm {norm:f2} {seconds:f2} s/step";
                if (run.State.Step % options.JudgeEvery == 0)
                {
                    var held = Judge(options, run, judged);
                    entry.AddRange(held.Scalars().Select(scalar => ("held_" + scalar.Name, scalar.Value)));
                    line += $"; held out {held.Backbone:f3} {held.Depth:f3} {held.Phones:f3} {held.Reading:f3} {held.Voice:f3} {held.Tag:f3} {held.Right:p1}";
                }

                log.Write(run.State.Step, entry);
                progress?.Report((run.State.Step, line));
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

    /// <summary>Losses of the averaged weights on fixed conversations of held-out sentences, without corruption or dropout.</summary>
    /// <param name="options">The run's options.</param>
    /// <param name="run">The run; borrowed.</param>
    /// <param name="judged">Packs held-out sentences.</param>
    public static CsmLosses Judge(CsmOptions options, CsmRun run, ConversationPacker judged)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var tensors = run.State.Parameters.Split(run.State.Average);
        using var weights = run.Bind(tensors, options.Rows);
        var random = ConversationPacker.RandomOf(options.Seed, step: -1, worker: 0);
        var losses = new List<CsmLosses>();
        for (var i = 0; i < JudgedSequences; i++)
        {
            var batch = judged.Next(random, 1, options.Rows, depthShare: 1, corruption: 0);
            losses.Add(Loss(options, tensors, weights, batch, judged.Tags, dropout: null).Parts);
        }

        return CsmLosses.Mean(losses);
    }

    private static (CsmLosses Losses, double Norm) Step(CsmOptions options, CsmRun run, ConversationPacker packer, LearningRate rate)
    {
        var step = run.State.Step;
        var precision = options.HalfPrecision ? ScalarType.BFloat16 : ScalarType.Float32;
        var (gradient, reports) = Gradients.Mean(options.Workers, worker =>
        {
            var random = ConversationPacker.RandomOf(options.Seed, step, worker);
            var batch = packer.Next(
                random, Math.Max(1, options.Batch / options.Workers), options.Rows, options.DepthShare, options.Corruption, options.CodebookDropout,
                options.CodeTemperature * rate.LeftAt(step));
            using var generator = new Generator((ulong)random.NextInt64());
            var (leaf, tensors) = run.State.Parameters.Differentiable(precision);
            using var weights = run.Bind(tensors, options.Rows, precision);
            var (total, parts) = Loss(options, tensors, weights, batch, packer.Tags, options.Dropout > 0 ? x => Dropout.Apply(x, options.Dropout, generator) : null);
            total.backward();
            return (leaf.grad!, parts);
        });
        var losses = CsmLosses.Mean(reports);
        return (losses, run.State.Advance(gradient, losses.Total, options.GradientClip, rate.At(step), options.AverageDecay));
    }

    // The model's loss, and what helps it to learn beside it.
    private static (Tensor Total, CsmLosses Parts) Loss(
        CsmOptions options, IReadOnlyDictionary<string, Tensor> tensors, CsmWeights weights, SpeechBatch batch, SpeakerTags tags, Func<Tensor, Tensor>? dropout)
    {
        var layers = weights.Config.Backbone.LayerCount;
        var letters = options.GuideWeight > 0 ? AttentionGuide.ToLetters(batch.Spoken, layers) : null;
        var voice = options.VoiceWeight > 0 ? AttentionGuide.ToVoice(batch.Turns, layers) : null;
        var tag = options.VoiceWeight > 0 ? AttentionGuide.ToTag(batch.Turns, layers) : null;
        var carried = options.VoiceWeight > 0 ? new TagGuide(tags, batch.Turns, weights.TextTable, layers) : null;
        Action<int, Tensor, Tensor>? attending = letters is null ? null : letters.Look;
        attending += voice is null ? null : voice.Look;
        attending += tag is null ? null : tag.Look;
        var loss = CsmObjective.Compute(weights, batch.Rows, batch.Labels, dropout, attending, options.DepthDecay, carried is null ? null : carried.Look);
        var (total, parts) = (loss.Total, CsmLosses.Of(loss));
        if (letters?.Loss is { } reading)
        {
            total = total + (reading * Constant.Of(options.GuideWeight));
            parts = parts with { Reading = reading.item<float>() };
        }

        if (voice is not null && tag is not null && carried is not null)
        {
            var listening = voice.Loss;
            total = total + ((listening + tag.Loss + carried.Loss) * Constant.Of(options.VoiceWeight)) + (tags.Likeness(weights.TextTable) * Constant.Of(TagsApart));
            parts = parts with { Voice = listening.item<float>(), Tag = carried.Loss.item<float>() };
        }

        if (options.PhoneWeight > 0)
        {
            // A frame has phones exactly where it has a code 0; row 0 is never a target.
            var wanted = batch.Phones.narrow(1, 1, batch.Phones.size(1) - 1).flatten(0, 1);
            var present = wanted.select(1, 0).ne(Constant.Of(CsmObjective.Ignored)).nonzero().flatten();
            var phones = SpokenPhones.Loss(loss.Hidden, wanted.index_select(0, present), tensors);
            total = total + (phones * Constant.Of(options.PhoneWeight));
            parts = parts with { Phones = phones.item<float>() };
        }

        return (total, parts);
    }
}
