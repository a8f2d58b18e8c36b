using CsmAgent.Tensors.Native;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Training.Codec;
using CsmAgent.Training.Corpus;
using static TorchSharp.torch;

namespace CsmAgent.Training.Tests.Codec;

/// <summary>The ear is taught on recordings, once for a run, and hears what it was not taught on.</summary>
[Collection(OneTorchTestAtATime.Name)]
public sealed class EarTrainingTests : IDisposable
{
    private readonly TinyCodecCase _case = new();
    private readonly PhoneEar _ear = new();

    static EarTrainingTests() => TorchRuntime.EnsureLoaded();

    [Fact]
    public void It_hears_the_phones_of_held_out_recordings()
    {
        using var scope = NewDisposeScope();
        using var corpus = PreparedCorpus.Open(Path.Combine(_case.Folder, "corpus"));
        var hearing = EarTraining.Open(_case.Options("run") with { EarSteps = 60 }, _ear, corpus);
        var held = Enumerable.Range(0, corpus.Items.Count).First(item => corpus.Items[item].IsHeldOut);
        var audio = corpus.Read(held);

        using var guard = inference_mode();
        var heard = _ear.Logits(tensor(audio, [1, 1, audio.Length]), hearing).argmax(1).squeeze(0);

        var right = heard.eq(tensor(corpus.Labels(held).ToArray().Select(label => (long)label).ToArray())).to(ScalarType.Float32).mean().item<float>();
        Assert.InRange(right, 0.9, 1);
        Assert.All(hearing.Values, weight => Assert.False(weight.requires_grad));
    }

    [Fact]
    public void It_is_taught_once_for_a_run_and_not_taken_for_one_taught_otherwise()
    {
        using var scope = NewDisposeScope();
        using var corpus = PreparedCorpus.Open(Path.Combine(_case.Folder, "corpus"));
        var options = _case.Options("run");
        var file = Path.Combine(options.Run, "ear.safetensors");

        var taught = EarTraining.Open(options, _ear, corpus);
        var written = File.ReadAllBytes(file);
        var read = EarTraining.Open(options, _ear, corpus);
        var fault = Assert.Throws<CheckpointException>(() => EarTraining.Open(options with { EarSteps = 7 }, _ear, corpus));

        Assert.Equal(written, File.ReadAllBytes(file));
        Assert.All(taught, entry => Assert.True(entry.Value.equal(read[entry.Key]).all().item<bool>(), entry.Key));
        Assert.Contains(file, fault.Message, StringComparison.Ordinal);
        Assert.Contains("7 steps", fault.Message, StringComparison.Ordinal);
        Assert.Contains("6 steps", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stopped_while_it_learns_it_leaves_nothing()
    {
        using var corpus = PreparedCorpus.Open(Path.Combine(_case.Folder, "corpus"));
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        Assert.Throws<OperationCanceledException>(() => EarTraining.Open(_case.Options("run"), _ear, corpus, cancellationToken: stop.Token));

        Assert.False(File.Exists(Path.Combine(_case.Options("run").Run, "ear.safetensors")));
    }

    public void Dispose()
    {
        _ear.Dispose();
        _case.Dispose();
    }
}
