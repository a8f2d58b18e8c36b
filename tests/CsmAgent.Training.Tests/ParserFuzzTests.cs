using CsmAgent.Tensors.Safetensors;
using CsmAgent.TestSupport;
using CsmAgent.Training.Corpus;
using CsmAgent.Training.Optimization;
using CsmAgent.Training.Runs;
using CsmAgent.Training.Speech;
using CsmAgent.Training.Tests.Codec;
using TorchSharp;

namespace CsmAgent.Training.Tests;

/// <summary>What a training run reads again, damaged ten thousand times each: a clear error or success, nothing else.</summary>
[Trait("Category", "Native")]
[Trait("Category", "Slow")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class ParserFuzzTests : IDisposable
{
    private readonly TinyCodecCase _case = new();
    private readonly string _folder = Fuzz.Folder("run");

    private string Corpus => Path.Combine(_case.Folder, "corpus");

    public void Dispose()
    {
        _case.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(PreparedCorpus.FactsFile)]
    [InlineData(PreparedCorpus.ItemsFile)]
    public void Damaged_corpora_are_read_or_refused(string file)
    {
        foreach (var name in (string[])[PreparedCorpus.FactsFile, PreparedCorpus.ItemsFile, PreparedCorpus.AudioFile])
        {
            File.Copy(Path.Combine(Corpus, name), Path.Combine(_folder, name));
        }

        var buffer = new float[16];
        Damage(File.ReadAllBytes(Path.Combine(Corpus, file)), Path.Combine(_folder, file), 8 << 20, () =>
        {
            using var corpus = PreparedCorpus.Open(_folder);
            for (var item = 0; item < corpus.Items.Count; item++)
            {
                corpus.Read(item, corpus.Items[item].Samples - 8, buffer);
                Assert.True(corpus.Labels(item).IndexOfAnyExceptInRange((byte)0, (byte)(corpus.PhoneSymbols.Count - 1)) < 0);
            }
        });
    }

    [Fact]
    public void Damaged_source_lists_are_read_and_their_faults_listed()
    {
        using var tones = new ToneCorpus(2);
        var index = File.ReadAllBytes(Path.Combine(tones.Folder, "index.tsv"));

        // No line can make the list unreadable, so nothing is ever refused.
        Fuzz.Run(index, 1 << 20, damaged =>
        {
            File.WriteAllBytes(Path.Combine(_folder, "index.tsv"), damaged);
            var (items, skipped) = CorpusIndex.Read(_folder);
            Assert.Equal(Math.Max(0, File.ReadLines(Path.Combine(_folder, "index.tsv")).Count() - 1), items.Count + skipped.Count);
        }, _ => false, leastOfEach: 0);
    }

    [Fact]
    public void Damaged_logs_are_read_or_refused()
    {
        using (var log = TrainingLog.Open(_folder, 0))
        {
            for (var step = 0; step < 5; step++)
            {
                log.Write(step, [("loss", 1.5 / (step + 1)), ("rate", 1e-3)]);
            }
        }

        var path = Path.Combine(_folder, "log.jsonl");
        Damage(File.ReadAllBytes(path), path, 1 << 20, () => TrainingLog.Open(_folder, 3).Dispose());
    }

    [Fact]
    public void Damaged_states_are_read_or_refused()
    {
        using var scope = torch.NewDisposeScope();
        using var state = new ModelState(_folder, new ParameterVector([("a", torch.ones(3)), ("b", torch.zeros(2, 2))]), new AdamWOptions(), (_, _) => true);
        state.GoTo(12);
        state.Save([("extra", torch.ones(2))]);

        Damage(File.ReadAllBytes(state.Path), state.Path, 1 << 20, () =>
        {
            using var inner = torch.NewDisposeScope();
            state.RestoreIfSaved([("extra", torch.zeros(2))]);
            Assert.True(state.Step >= 0);
        });
    }

    [Fact]
    public void Damaged_codes_are_read_or_refused()
    {
        using var corpus = PreparedCorpus.Open(Corpus);
        var path = Path.Combine(_folder, "codes.safetensors");
        var codec = Path.Combine(_case.Folder, "start");
        CodeCache.Open(path, corpus, codec, starts: 1);

        Damage(File.ReadAllBytes(path), path, 1 << 20, () =>
        {
            var codes = CodeCache.Open(path, corpus, codec, starts: 1);
            for (var item = 0; item < corpus.Items.Count; item++)
            {
                var found = codes.Item(item, corpus.Items[item].Frames);
                Assert.True(found.IndexOfAnyExceptInRange((short)0, (short)(TinyCodecCase.Config.CodebookSize - 1)) < 0);
            }
        });
    }

    [Fact]
    public void Damaged_latents_are_read_or_refused()
    {
        using var corpus = PreparedCorpus.Open(Corpus);
        var path = Path.Combine(_folder, "latents.safetensors");
        var codec = Path.Combine(_case.Folder, "start");
        LatentCache.Open(path, corpus, codec, starts: 1).Dispose();

        Damage(File.ReadAllBytes(path), path, 1 << 20, () =>
        {
            using var latents = LatentCache.Open(path, corpus, codec, starts: 1);
            var codes = latents.Nearest(0, corpus.Items[0].Frames, start: 0);
            Assert.True(codes.AsSpan().IndexOfAnyExceptInRange((short)0, (short)(TinyCodecCase.Config.CodebookSize - 1)) < 0);
        });
    }

    private static void Damage(byte[] source, string path, long mostBytes, Action read) => Fuzz.Run(
        source, mostBytes,
        damaged =>
        {
            File.WriteAllBytes(path, damaged);
            read();
        },
        refusal => refusal is CheckpointException or InvalidDataException && refusal.Message.Contains(Path.GetDirectoryName(path)!, StringComparison.Ordinal));
}
