using CsmAgent.Models.Csm;
using CsmAgent.Models.Llama;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Training.Corpus;
using CsmAgent.Training.Runs;
using CsmAgent.Training.Speech;
using CsmAgent.Training.Tests.Codec;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Training.Tests.Speech;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class CsmTrainerTests : IDisposable
{
    private readonly TinyCodecCase _case = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public CsmTrainerTests() => DeskSpeech.Save(Path.Combine(_case.Folder, "speech"), Config, DeskSpeech.Fresh(Config, 3).ToDictionary(entry => entry.Name, entry => entry.Value));

    internal static CsmConfig Config { get; } = new()
    {
        TextVocabularySize = 260,
        AudioVocabularySize = TinyCodecCase.Config.CodebookSize + 3,
        CodebookCount = TinyCodecCase.Config.Codebooks,
        Backbone = Llama(24, 2_048),
        Depth = Llama(16, TinyCodecCase.Config.Codebooks + 1),
    };

    public void Dispose()
    {
        _scope.Dispose();
        _case.Dispose();
    }

    [Fact]
    public void Training_lowers_the_loss_and_leaves_a_model_that_generates()
    {
        var options = Options("run") with { Steps = 60, JudgeEvery = 60 };

        CsmTrainer.Run(options);

        var log = TrainingLog.Read(Path.Combine(options.Run, "log.jsonl"));
        Assert.True(log[^1]["backbone"] < log[1]["backbone"] - 0.3, $"{log[1]["backbone"]} → {log[^1]["backbone"]}");
        Assert.True(log[^1]["held_backbone"] < log[0]["held_backbone"], $"held out {log[0]["held_backbone"]} → {log[^1]["held_backbone"]}");
        var folder = Path.Combine(options.Run, "csm");
        using var checkpoint = CsmCheckpoint.Open(Path.Combine(folder, "model.safetensors"), CsmConfig.Open(Path.Combine(folder, "config.json")));
        using var weights = CsmWeights.Load(checkpoint);
        using var model = TorchCsmModel.Of(weights);
        using var session = model.OpenSession(64);
        session.Append(new CsmRows(weights.Config).AddText(new ByteTokenizer().EncodeSegment(0, "aiu")).Cells);
        var codes = new int[3];
        session.GenerateFrame(new CsmAgent.Tensors.Sampling.SeededSampler(CsmAgent.Tensors.Sampling.SamplingSettings.Greedy, 1), codes);
        Assert.All(codes, code => Assert.InRange(code, 0, Config.AudioVocabularySize - 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_run_that_was_stopped_resumes_to_exactly_the_same_state(bool halfPrecision)
    {
        var whole = Options("whole") with { HalfPrecision = halfPrecision };
        CsmTrainer.Run(whole);

        var parts = Options("parts") with { HalfPrecision = halfPrecision };
        CsmTrainer.Run(parts with { Steps = 8, DecayShare = 0 });
        CsmTrainer.Run(parts);

        using var first = Checkpoint.Open(Path.Combine(whole.Run, "state.safetensors"));
        using var second = Checkpoint.Open(Path.Combine(parts.Run, "state.safetensors"));
        Assert.All(first.Names, name => Assert.True(first.Span<float>(name).SequenceEqual(second.Span<float>(name)), name));
    }

    [Fact]
    public void Phones_where_to_read_and_whom_to_hear_are_learnt_beside_the_codes_and_are_no_part_of_the_model()
    {
        // At the other tests' rate a model of this size learns whom to hear late or never, which varies with the processor.
        var options = Options("run") with { Start = null, PhoneWeight = 0.5, GuideWeight = 1, VoiceWeight = 1, Rows = 128, Steps = 60, JudgeEvery = 60, LearningRate = 1e-3 };

        CsmTrainer.Run(options);

        var log = TrainingLog.Read(Path.Combine(options.Run, "log.jsonl"));
        Assert.True(log[^1]["held_phones"] < log[0]["held_phones"] - 0.1, $"held out {log[0]["held_phones"]} → {log[^1]["held_phones"]}");
        Assert.True(log[^1]["held_reading"] < log[0]["held_reading"] - 0.1, $"held out {log[0]["held_reading"]} → {log[^1]["held_reading"]}");
        Assert.True(log[^1]["held_voice"] < log[0]["held_voice"] - 0.1, $"held out {log[0]["held_voice"]} → {log[^1]["held_voice"]}");
        Assert.True(log[^1]["held_tag"] < log[0]["held_tag"] - 1, $"held out {log[0]["held_tag"]} → {log[^1]["held_tag"]}");
        var folder = Path.Combine(options.Run, "csm");
        using var checkpoint = CsmCheckpoint.Open(Path.Combine(folder, "model.safetensors"), CsmConfig.Open(Path.Combine(folder, "config.json")));
        using var exported = Checkpoint.Open(Path.Combine(folder, "model.safetensors"));
        Assert.Equal(new AttentionHead(4, 0), checkpoint.Config.AlignmentHead);
        Assert.DoesNotContain(exported.Names, name => name.Contains("phones", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Fine_tuning_moves_a_model_towards_one_voice(int rank)
    {
        var options = Options("voice") with { Voice = "low", LoraRank = rank, Steps = 40, JudgeEvery = 40 };

        CsmTrainer.Run(options);

        var log = TrainingLog.Read(Path.Combine(options.Run, "log.jsonl"));
        Assert.True(log[^1]["held_backbone"] < log[0]["held_backbone"], $"held out {log[0]["held_backbone"]} → {log[^1]["held_backbone"]}");
        using var before = Checkpoint.Open(Path.Combine(options.Start!, "model.safetensors"));
        using var after = Checkpoint.Open(Path.Combine(options.Run, "csm", "model.safetensors"));
        Assert.Equal(before.Names.Order(), after.Names.Order());
        // Low-rank fine-tuning leaves everything but the projections alone.
        Assert.Equal(rank > 0, before.Span<ushort>(CsmTensorNames.TextTable).SequenceEqual(after.Span<ushort>(CsmTensorNames.TextTable)));
    }

    [Fact]
    public void Low_rank_fine_tuning_of_a_large_model_is_estimated_to_fit_where_full_does_not()
    {
        var large = Config with { Backbone = Llama(2_048, 2_048) with { LayerCount = 16, HeadCount = 32, HeadWidth = 64, FeedForwardWidth = 8_192 } };
        var options = Options("run") with { Rows = 512, Batch = 2 };

        var full = MemoryEstimate.Of(large, options);
        var low = MemoryEstimate.Of(large, options with { LoraRank = 16 });

        Assert.InRange(full.WeightBytes / 1e9, 20, 30); // a billion weights: 16 bytes each, and per worker a gradient and a cast
        Assert.True(low.TotalBytes < full.TotalBytes / 2, $"{low.TotalBytes} of {full.TotalBytes}");
        Assert.Equal(full.ActivationBytes, low.ActivationBytes);
    }

    [Theory]
    [InlineData(false, 0, 32, 32)] // a fresh model holds what it learns with
    [InlineData(true, 0, 32, 48)] // a trained one does not forget how much it held
    [InlineData(true, 0, 64, 64)]
    [InlineData(true, 2, 64, 64)]
    public void A_model_says_how_long_a_conversation_it_has_learnt_to_hold(bool isTrained, int rank, int rows, int positions)
    {
        var speech = Path.Combine(_case.Folder, "short");
        var config = Config with { Backbone = Llama(24, 48) };
        DeskSpeech.Save(speech, config, DeskSpeech.Fresh(config, 3).ToDictionary(entry => entry.Name, entry => entry.Value));
        var options = Options("run") with { Start = isTrained ? speech : null, LoraRank = rank, Rows = rows, Steps = 1 };

        CsmTrainer.Run(options);

        Assert.Equal(positions, CsmConfig.Open(Path.Combine(options.Run, "csm", "config.json")).Backbone.MaxPositions);
    }

    [Fact]
    public void Codes_of_another_codec_are_refused()
    {
        var options = Options("run") with { Steps = 1 };
        CsmTrainer.Run(options);
        var other = _case.WriteFresh("other", seed: 99);

        var fault = Assert.Throws<CheckpointException>(() => CsmTrainer.Run(options with { Codec = other }));

        Assert.Contains("another codec", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Conversations_hold_whole_text_their_codes_and_ends_and_tags_that_name_no_voice()
    {
        using var corpus = Corpus();
        var codes = Codes(corpus, starts: 1);
        var packer = new ConversationPacker(corpus, codes, Config, new ByteTokenizer(), heldOut: false);

        var tags = new HashSet<long>();
        for (var seed = 0; seed < 20; seed++)
        {
            var (rows, labels, _, _, _) = packer.Next(new Random(seed), 1, 100, depthShare: 1, corruption: 0);
            tags.Add(rows[0, 2, 3].item<long>());
            Assert.Equal(256, rows[0, 0, 3].item<long>());
            Assert.Equal('[', (char)rows[0, 1, 3].item<long>());
            var text = rows.select(2, 3).ne(CsmRows.Off);
            // A row is text without labels, or a frame whose input is its label.
            Assert.Equal(0, (labels.select(2, 0).ne(CsmObjective.Ignored) & text).sum().item<long>());
            Assert.True(labels.eq(rows.narrow(2, 0, 3)).logical_or(text.unsqueeze(2)).all().item<bool>());
            Assert.True(labels.eq(0).all(2).any().item<bool>(), "no end of speech");
        }

        Assert.Equal(4, tags.Count);
    }

    [Fact]
    public void Speakers_take_turns_and_a_turn_is_all_frames_of_one_utterance()
    {
        using var corpus = Corpus();
        var codes = Codes(corpus, starts: 1);
        var packer = new ConversationPacker(corpus, codes, Config, new ByteTokenizer(), heldOut: false);

        var (rows, labels, _, _, turns) = packer.Next(new Random(1), 40, 400, depthShare: 1, corruption: 0);

        var (changes, goesOn) = (0, 0);
        for (var b = 0; b < 40; b++)
        {
            var (tagOf, turn, speaker, tag) = (new Dictionary<long, long>(), -1L, -1L, -1L);
            for (var row = 0; row < 400; row++)
            {
                if (labels[b, row, 0].item<long>() == CsmObjective.Ignored)
                {
                    Assert.Equal(CsmObjective.Ignored, turns[b, row, 0].item<long>());
                    tag = rows[b, row, 3].item<long>() == '[' && row + 1 < 400 ? rows[b, row + 1, 3].item<long>() : tag;
                    continue;
                }

                var (said, number) = (turns[b, row, 0].item<long>(), turns[b, row, 1].item<long>());
                Assert.Equal(tag, tagOf.TryAdd(said, tag) ? tag : tagOf[said]);
                if (number != turn)
                {
                    Assert.Equal(turn + 1, number);
                    (changes, goesOn) = turn < 0 ? (changes, goesOn) : said != speaker ? (changes + 1, goesOn) : (changes, goesOn + 1);
                }

                (turn, speaker) = (number, said);
            }
        }

        Assert.True(changes > 1.5 * goesOn, $"{changes} times another speaker, {goesOn} times the same");
    }

    [Fact]
    public void Text_that_is_withheld_leaves_the_tag_and_the_frames()
    {
        using var corpus = Corpus();
        var codes = Codes(corpus, starts: 1);
        var alignment = LetterAlignment.Learn(corpus);
        var packer = new ConversationPacker(corpus, codes, Config, new ByteTokenizer(), heldOut: false, alignment: alignment) { TextDropout = 1 };

        var (rows, labels, _, spoken, _) = packer.Next(new Random(1), 4, 200, depthShare: 1, corruption: 0);

        Assert.Equal([256, '[', rows[0, 2, 3].item<long>(), ']', 257], rows[0].narrow(0, 0, 5).select(1, 3).data<long>().ToArray());
        Assert.All(rows.select(2, 3).flatten().data<long>().ToArray(), id => Assert.True(id is CsmRows.Off or 256 or 257 or '[' or ']' or (>= '0' and <= '9')));
        Assert.True(labels.ne(CsmObjective.Ignored).any().item<bool>());
        Assert.True(spoken.eq(CsmObjective.Ignored).all().item<bool>());
    }

    [Fact]
    public void Amortisation_keeps_every_end_and_about_its_share_of_the_frames()
    {
        using var corpus = Corpus();
        var codes = Codes(corpus, starts: 1);
        var packer = new ConversationPacker(corpus, codes, Config, new ByteTokenizer(), heldOut: false);

        var (rows, labels, _, _, _) = packer.Next(new Random(1), 20, 200, depthShare: 0.25, corruption: 0);

        var isEnd = rows.narrow(2, 0, 3).eq(0).all(2);
        var isFrame = rows.select(2, 0).ne(CsmRows.Off);
        var isDeep = labels.select(2, 1).ne(CsmObjective.Ignored);
        Assert.True(isDeep.logical_or(isEnd.logical_not()).all().item<bool>());
        var share = (isDeep & isEnd.logical_not()).sum().item<long>() / (double)(isFrame & isEnd.logical_not()).sum().item<long>();
        Assert.InRange(share, 0.2, 0.3);
    }

    [Fact]
    public void Corruption_changes_what_is_heard_and_never_what_is_wanted()
    {
        using var corpus = Corpus();
        var codes = Codes(corpus, starts: 1);
        var packer = new ConversationPacker(corpus, codes, Config, new ByteTokenizer(), heldOut: false);

        var (rows, labels, _, _, _) = packer.Next(new Random(1), 4, 200, depthShare: 1, corruption: 0.5);

        var frames = labels.select(2, 0).ne(CsmObjective.Ignored);
        var changed = labels.ne(rows.narrow(2, 0, 3)).any(2) & frames;
        var share = changed.sum().item<long>() / (double)frames.sum().item<long>();
        Assert.InRange(share, 0.25, 0.5);
    }

    [Fact]
    public void An_utterance_that_starts_later_has_its_own_codes_and_the_phones_that_are_heard_then()
    {
        using var corpus = Corpus();
        var codes = Codes(corpus, starts: 4);
        var packer = new ConversationPacker(corpus, codes, Config, new ByteTokenizer(), heldOut: false);
        var frames = corpus.Items[0].Frames;
        var audio = new float[corpus.Items[0].Samples];
        corpus.Read(0, 0, audio.AsSpan(3 * PhoneRuns.SamplesPerLabel));

        var later = codes.Item(0, frames, start: 3).ToArray();
        var (_, labels, phones, _, _) = packer.Next(new Random(1), 8, 200, depthShare: 1, corruption: 0);

        using var codec = CsmAgent.Models.Mimi.MimiCheckpoint.Load(Path.Combine(_case.Folder, "start"));
        var expected = CsmAgent.Models.Mimi.MimiCodec.Encode(tensor(audio, [1, 1, audio.Length]), codec).select(0, 0).t().contiguous().data<long>().ToArray();
        Assert.Equal(expected, Array.ConvertAll(later, code => (long)code));
        Assert.NotEqual(codes.Item(0, frames).ToArray(), later);
        var found = new HashSet<int>();
        var packed = labels.reshape(-1, codes.Codebooks).data<long>().ToArray();
        var heard = phones.reshape(-1, PhoneRuns.LabelsPerFrame).data<long>().ToArray();
        foreach (var (item, start) in Enumerable.Range(0, corpus.Items.Count).SelectMany(item => Enumerable.Range(0, 4).Select(start => (item, start))))
        {
            var utterance = Array.ConvertAll(codes.Item(item, corpus.Items[item].Frames, start).ToArray(), code => (long)code);
            if (packed.AsSpan().IndexOf(utterance) is var at && at >= 0 && at % codes.Codebooks == 0)
            {
                var first = heard[(at / codes.Codebooks * PhoneRuns.LabelsPerFrame)..][..PhoneRuns.LabelsPerFrame];
                Assert.Equal([.. Enumerable.Repeat(0L, start), .. corpus.Labels(item)[..(PhoneRuns.LabelsPerFrame - start)].ToArray().Select(phone => (long)phone)], first);
                found.Add(start);
            }
        }

        Assert.Equal(4, found.Count);
    }

    [Fact]
    public void Draws_keep_the_recordings_first_codes_and_are_likelier_codes_than_any()
    {
        using var corpus = Corpus();
        var codes = Codes(corpus, starts: 4);
        var options = Options("run") with { Steps = 80, OwnCodes = 0 };
        CsmTrainer.Run(options);
        DrawnCodes Draws(string file, string speech) => DrawnCodes.Open(Path.Combine(_case.Folder, file), corpus, codes, TinyCodecCase.Config.CodebookSize, speech);

        var untaught = Draws("untaught", Path.Combine(_case.Folder, "speech"));
        var taught = Draws("taught", Path.Combine(options.Run, "csm"));

        var (right, rightUntaught, count) = (0, 0, 0);
        foreach (var item in Enumerable.Range(0, corpus.Items.Count).Where(item => !corpus.Items[item].IsHeldOut))
        {
            var frames = corpus.Items[item].Frames;
            var recorded = codes.Item(item, frames, taught.StartOf(item)).ToArray();
            var (drawn, drawnUntaught) = (taught.Item(item, frames).ToArray(), untaught.Item(item, frames).ToArray());
            for (var i = 0; i < recorded.Length; i++)
            {
                if (i % codes.Codebooks == 0)
                {
                    Assert.Equal(recorded[i], drawn[i]);
                    continue;
                }

                (right, rightUntaught, count) = (right + (drawn[i] == recorded[i] ? 1 : 0), rightUntaught + (drawnUntaught[i] == recorded[i] ? 1 : 0), count + 1);
            }
        }

        Assert.True(right > 1.5 * rightUntaught, $"right: {right} of {count}, untaught {rightUntaught}");
        var again = Assert.Throws<CheckpointException>(() => Draws("taught", Path.Combine(_case.Folder, "speech")));
        Assert.Contains("another codec, model or corpus", again.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_hears_its_own_codes_and_is_to_say_the_recordings()
    {
        using var corpus = Corpus();
        var codes = Codes(corpus, starts: 4);
        var drawn = DrawnCodes.Open(Path.Combine(_case.Folder, "drawn"), corpus, codes, TinyCodecCase.Config.CodebookSize, Path.Combine(_case.Folder, "speech"));
        var packer = new ConversationPacker(corpus, codes, Config, new ByteTokenizer(), heldOut: false) { Drawn = drawn, DrawnShare = 1 };

        var (rows, labels, _, _, _) = packer.Next(new Random(1), 4, 200, depthShare: 1, corruption: 0);

        var frames = labels.select(2, 0).ne(CsmObjective.Ignored) & labels.eq(0).all(2).logical_not();
        Assert.True(rows.select(2, 0).eq(labels.select(2, 0)).logical_or(frames.logical_not()).all().item<bool>());
        var changed = (rows.select(2, 2).ne(labels.select(2, 2)) & frames).sum().item<long>() / (double)frames.sum().item<long>();
        Assert.True(changed > 0.5, $"{changed} of the last codes are the model's own");
    }

    [Fact]
    public void A_run_that_hears_its_own_codes_needs_a_model_that_has_some()
    {
        var options = Options("run") with { Steps = 2, OwnCodes = 0.5 };

        var fault = Assert.Throws<InvalidDataException>(() => CsmTrainer.Run(options with { Start = null, Run = options.Run + "-fresh" }));
        CsmTrainer.Run(options);

        Assert.Contains("codes of its own", fault.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(options.Run, "drawn.safetensors")));
    }

    [Fact]
    public void Codebook_dropout_keeps_the_first_codebook_and_every_label()
    {
        using var corpus = Corpus();
        var codes = Codes(corpus, starts: 1);
        var packer = new ConversationPacker(corpus, codes, Config, new ByteTokenizer(), heldOut: false);

        var (rows, labels, _, _, _) = packer.Next(new Random(1), 8, 200, depthShare: 1, corruption: 0, codebookDropout: 0.5);

        var frames = labels.select(2, 0).ne(CsmObjective.Ignored);
        Assert.True(rows.select(2, 0).ne(CsmRows.Off).eq(frames).all().item<bool>());
        Assert.True(labels.select(2, 2).ne(CsmObjective.Ignored).eq(frames).all().item<bool>());
        var dropped = (rows.select(2, 2).eq(CsmRows.Off) & frames).sum().item<long>() / (double)frames.sum().item<long>();
        Assert.InRange(dropped, 0.35, 0.55);
    }

    [Fact]
    public void Voice_dropout_keeps_codebook_0_alone_through_whole_utterances_and_every_label()
    {
        using var corpus = Corpus();
        var codes = Codes(corpus, starts: 1);
        var packer = new ConversationPacker(corpus, codes, Config, new ByteTokenizer(), heldOut: false) { VoiceDropout = 0.5 };

        var (rows, labels, _, _, turns) = packer.Next(new Random(1), 8, 200, depthShare: 1, corruption: 0);

        var frames = labels.select(2, 0).ne(CsmObjective.Ignored);
        Assert.True(labels.select(2, 2).ne(CsmObjective.Ignored).eq(frames).all().item<bool>());
        frames &= labels.eq(0).all(2).logical_not();
        var (without, with) = (new HashSet<(int, long)>(), new HashSet<(int, long)>());
        for (var b = 0; b < 8; b++)
        {
            for (var row = 0; row < 200; row++)
            {
                if (frames[b, row].item<bool>())
                {
                    Assert.Equal(labels[b, row, 0].item<long>(), rows[b, row, 0].item<long>());
                    (rows[b, row, 1].item<long>() == CsmRows.Off ? without : with).Add((b, turns[b, row, 1].item<long>()));
                }
            }
        }

        Assert.Empty(without.Intersect(with));
        Assert.InRange(without.Count / (double)(without.Count + with.Count), 0.3, 0.7);
    }

    [Fact]
    public void Every_frame_knows_the_row_of_its_turns_tag()
    {
        using var corpus = Corpus();
        var packer = new ConversationPacker(corpus, Codes(corpus, starts: 1), Config, new ByteTokenizer(), heldOut: false);

        var (rows, _, _, _, turns) = packer.Next(new Random(1), 8, 200, depthShare: 1, corruption: 0);

        var tags = new Dictionary<(int, long), HashSet<long>>();
        for (var b = 0; b < 8; b++)
        {
            for (var row = 0; row < 200; row++)
            {
                if (turns[b, row, 0].item<long>() is var speaker && speaker != CsmObjective.Ignored)
                {
                    var tag = turns[b, row, 2].item<long>();
                    Assert.InRange(tag, 0, row - 1);
                    Assert.Equal('[', rows[b, tag - 1, Config.CodebookCount].item<long>());
                    tags.TryAdd((b, speaker), []);
                    tags[(b, speaker)].Add(rows[b, tag, Config.CodebookCount].item<long>());
                }
            }
        }

        // A speaker keeps his tag through a conversation, and no two share one.
        Assert.All(tags.Values, ids => Assert.InRange(Assert.Single(ids), '0', '3'));
        Assert.All(tags.GroupBy(entry => entry.Key.Item1), entries => Assert.Equal(entries.Count(), entries.SelectMany(entry => entry.Value).Distinct().Count()));
    }

    private PreparedCorpus Corpus() => PreparedCorpus.Open(Path.Combine(_case.Folder, "corpus"));

    private CodeCache Codes(PreparedCorpus corpus, int starts) =>
        CodeCache.Open(Path.Combine(_case.Folder, "codes"), corpus, Path.Combine(_case.Folder, "start"), starts);

    private CsmOptions Options(string run) => new()
    {
        Corpus = Path.Combine(_case.Folder, "corpus"),
        Codec = Path.Combine(_case.Folder, "start"),
        Start = Path.Combine(_case.Folder, "speech"),
        Run = Path.Combine(_case.Folder, run),
        Steps = 16,
        Rows = 64,
        DecayShare = 0,
        LearningRate = 5e-3,
        WarmUpSteps = 4,
        LogEvery = 4,
        CheckpointEvery = TimeSpan.FromHours(1),
    };

    private static LlamaConfig Llama(int width, int positions) => new()
    {
        LayerCount = 1,
        Width = width,
        HeadCount = 2,
        KeyValueHeadCount = 1,
        HeadWidth = 8,
        FeedForwardWidth = 32,
        MaxPositions = positions,
    };
}
