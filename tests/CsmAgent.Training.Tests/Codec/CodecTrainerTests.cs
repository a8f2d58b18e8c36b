using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Training.Codec;
using CsmAgent.Training.Corpus;
using CsmAgent.Training.Optimization;
using CsmAgent.Training.Runs;
using CsmAgent.Training.Speech;
using CsmAgent.Training.Tests.Speech;
using static TorchSharp.torch;

namespace CsmAgent.Training.Tests.Codec;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class CodecTrainerTests : IDisposable
{
    private readonly TinyCodecCase _case = new();

    public void Dispose() => _case.Dispose();

    [Fact]
    public void Training_lowers_the_losses_and_leaves_a_codec_that_loads()
    {
        var options = _case.Options("run") with { Steps = 80 };

        CodecTrainer.Run(options);

        var log = TrainingLog.Read(Path.Combine(options.Run, "log.jsonl"));
        Assert.True(log[^1]["mel"] < 0.8 * log[0]["mel"], $"mel {log[0]["mel"]} → {log[^1]["mel"]}");
        Assert.True(log[^1]["phones"] < log[0]["phones"], $"phones {log[0]["phones"]} → {log[^1]["phones"]}");
        using var codec = MimiCheckpoint.Load(Path.Combine(options.Run, "codec"));
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var codes = MimiCodec.Encode(randn(1, 1, 4 * 1_920) * 0.1, codec);
        Assert.Equal([1L, 3, 4], codes.shape);
        Assert.True(MimiCodec.Decode(codes, codec).abs().max().item<float>() < 10);
    }

    [Fact]
    public void A_run_that_was_stopped_resumes_to_exactly_the_same_state()
    {
        var whole = _case.Options("whole");
        CodecTrainer.Run(whole);

        var parts = _case.Options("parts");
        using var stop = new CancellationTokenSource();
        CodecTrainer.Run(parts, new StopAt(8, stop), stop.Token);
        Assert.Equal("8", Step(parts));
        CodecTrainer.Run(parts);

        AssertSameState(whole, parts);
        Assert.Equal(Losses(whole), Losses(parts));
    }

    [Fact]
    public void Work_after_the_last_checkpoint_is_done_again_after_a_kill()
    {
        var whole = _case.Options("whole");
        CodecTrainer.Run(whole);

        var killed = _case.Options("killed");
        using var stop = new CancellationTokenSource();
        CodecTrainer.Run(killed, new StopAt(8, stop), stop.Token);
        // A kill leaves log lines past the checkpoint, one of them cut short.
        File.AppendAllText(Path.Combine(killed.Run, "log.jsonl"), "{\"step\":12,\"mel\":99}\n{\"step\":1");
        CodecTrainer.Run(killed);

        AssertSameState(whole, killed);
        Assert.Equal(Losses(whole), Losses(killed));
    }

    [Fact]
    public void A_gradient_that_is_no_number_stops_the_run_and_keeps_the_last_good_state()
    {
        var options = _case.Options("run") with { Steps = 4 };
        CodecTrainer.Run(options);
        var good = File.ReadAllBytes(Path.Combine(options.Run, "state.safetensors"));

        var fault = Assert.Throws<TrainingDivergedException>(() =>
            CodecTrainer.Run(options with { Steps = 40, LearningRate = 1e30, GradientClip = 1e30, WarmUpSteps = 1 }));

        Assert.InRange(fault.Step, 4, 12);
        Assert.Contains($"step {fault.Step}", fault.Message, StringComparison.Ordinal);
        Assert.Contains("state.safetensors", fault.Message, StringComparison.Ordinal);
        Assert.Equal(good, File.ReadAllBytes(Path.Combine(options.Run, "state.safetensors")));
    }

    [Fact]
    public void A_state_of_another_configuration_is_refused_by_name()
    {
        var options = _case.Options("run") with { Steps = 1 };
        CodecTrainer.Run(options);
        var other = TinyCodecCase.Config with { CodebookSize = 32 };
        var tensors = FreshCodec.Create(other, 1);
        MimiCheckpoint.Save(Path.Combine(_case.Folder, "other"), other, tensors);

        var fault = Assert.Throws<CheckpointException>(() => CodecTrainer.Run(options with { Start = Path.Combine(_case.Folder, "other") }));

        Assert.Contains("embed_sum", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_workers_learn_from_the_crops_of_both()
    {
        var one = _case.Options("one") with { Steps = 1, Workers = 1 };
        var two = _case.Options("two") with { Steps = 1, Workers = 2 };
        CodecTrainer.Run(one);
        CodecTrainer.Run(two);

        // Worker 0 draws the same first crops; worker 1's change the sum.
        using var first = Checkpoint.Open(Path.Combine(one.Run, "state.safetensors"));
        using var second = Checkpoint.Open(Path.Combine(two.Run, "state.safetensors"));
        Assert.False(first.Span<float>("mean").SequenceEqual(second.Span<float>("mean")));
    }

    [Theory]
    [InlineData(CodecPhase.Decoder)]
    [InlineData(CodecPhase.Sharpen)]
    public void Later_phases_better_the_decoder_and_leave_every_code_as_it_was(CodecPhase phase)
    {
        var options = _case.Options("run") with { Phase = phase, Steps = 40, CropFrames = 4 };

        CodecTrainer.Run(options);

        var log = TrainingLog.Read(Path.Combine(options.Run, "log.jsonl"));
        Assert.True(log[^1]["mel"] < 0.9 * log[0]["mel"], $"mel {log[0]["mel"]} → {log[^1]["mel"]}");
        Assert.True(phase == CodecPhase.Sharpen ? log[^1]["judges"] < 0.9 * log[0]["judges"] : log[0]["judges"] == 0, $"judges {log[0]["judges"]} → {log[^1]["judges"]}");
        using var before = Checkpoint.Open(Path.Combine(options.Start, "model.safetensors"));
        using var after = Checkpoint.Open(Path.Combine(options.Run, "codec", "model.safetensors"));
        foreach (var name in before.Names)
        {
            var isSame = before.Span<float>(name).SequenceEqual(after.Span<float>(name));
            Assert.True(isSame || CodecRun.IsDecoder(name), name);
        }

        Assert.False(before.Span<float>("decoder.layers.0.conv.weight").SequenceEqual(after.Span<float>("decoder.layers.0.conv.weight")));
        using var corpus = PreparedCorpus.Open(options.Corpus);
        _ = CodeCache.Open(Path.Combine(options.Run, "codes.safetensors"), corpus, Path.Combine(options.Run, "codec"), starts: 1); // still its codes
    }

    [Fact]
    public void Sharpening_resumes_decoder_and_discriminators_to_the_same_state()
    {
        var whole = _case.Options("whole") with { Phase = CodecPhase.Sharpen, DecayShare = 0 };
        CodecTrainer.Run(whole);

        var parts = _case.Options("parts") with { Phase = CodecPhase.Sharpen, DecayShare = 0 };
        CodecTrainer.Run(parts with { Steps = 8 });
        CodecTrainer.Run(parts);

        AssertSameState(whole, parts);
    }

    [Fact]
    public void A_decoder_learns_to_make_the_recording_of_what_a_speech_model_draws()
    {
        var options = _case.Options("run") with { Phase = CodecPhase.Decoder, Steps = 40, CropFrames = 4, Speech = Speech() };

        CodecTrainer.Run(options);
        var fault = Assert.Throws<InvalidDataException>(() => CodecTrainer.Run(options with { Phase = CodecPhase.Whole }));

        var log = TrainingLog.Read(Path.Combine(options.Run, "log.jsonl"));
        Assert.True(log[^1]["mel"] < 0.95 * log[0]["mel"], $"mel {log[0]["mel"]} → {log[^1]["mel"]}");
        Assert.True(File.Exists(Path.Combine(options.Run, "drawn.safetensors")));
        Assert.Contains("phase", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refining_betters_encoder_and_decoder_and_leaves_the_codebooks_as_they_were()
    {
        var options = _case.Options("run") with { Phase = CodecPhase.Refine, Steps = 40, CropFrames = 4, Speech = Speech(), CepstraWeight = 0.5, SpreadWeight = 1 };

        CodecTrainer.Run(options);
        var fault = Assert.Throws<InvalidDataException>(() => CodecTrainer.Run(options with { Speech = null }));

        var log = TrainingLog.Read(Path.Combine(options.Run, "log.jsonl"));
        Assert.True(log[^1]["mel"] < 0.95 * log[0]["mel"], $"mel {log[0]["mel"]} → {log[^1]["mel"]}");
        Assert.True(log[^1]["judges"] < log[0]["judges"], $"judges {log[0]["judges"]} → {log[^1]["judges"]}");
        Assert.All(log, entry => Assert.True(entry["commitment"] > 0 && entry["cepstra"] > 0 && entry["spread"] > 0));
        using var before = Checkpoint.Open(Path.Combine(options.Start, "model.safetensors"));
        using var after = Checkpoint.Open(Path.Combine(options.Run, "codec", "model.safetensors"));
        bool IsSame(string name) => before.Span<float>(name).SequenceEqual(after.Span<float>(name));
        var codebooks = before.Names.Where(name => name.Contains("codebook", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(codebooks);
        Assert.All(codebooks, name => Assert.True(IsSame(name), name));
        Assert.False(IsSame("encoder.layers.0.conv.weight"));
        Assert.False(IsSame("decoder.layers.0.conv.weight"));
        Assert.Contains("speech model", fault.Message, StringComparison.Ordinal);
    }

    private string Speech()
    {
        using var scope = NewDisposeScope();
        var folder = Path.Combine(_case.Folder, "speech");
        DeskSpeech.Save(folder, CsmTrainerTests.Config, DeskSpeech.Fresh(CsmTrainerTests.Config, 3).ToDictionary(entry => entry.Name, entry => entry.Value));
        return folder;
    }

    private static string Step(CodecOptions options)
    {
        using var state = Checkpoint.Open(Path.Combine(options.Run, "state.safetensors"));
        return state.Files[0].Metadata["step"];
    }

    private static void AssertSameState(CodecOptions one, CodecOptions other)
    {
        using var first = Checkpoint.Open(Path.Combine(one.Run, "state.safetensors"));
        using var second = Checkpoint.Open(Path.Combine(other.Run, "state.safetensors"));
        Assert.Equal(first.Names.Order(), second.Names.Order());
        Assert.All(first.Names, name => Assert.True(first.Span<float>(name).SequenceEqual(second.Span<float>(name)), name));
    }

    private static IEnumerable<(double Step, double Mel)> Losses(CodecOptions options) =>
        TrainingLog.Read(Path.Combine(options.Run, "log.jsonl")).Select(entry => (entry["step"], entry["mel"]));

    private sealed class StopAt(long step, CancellationTokenSource stop) : IProgress<(long Step, string Line)>
    {
        public void Report((long Step, string Line) value)
        {
            if (value.Step == step)
            {
                stop.Cancel();
            }
        }
    }
}
