using CsmAgent.Audio.Files;
using CsmAgent.Training.Corpus;

namespace CsmAgent.Training.Tests.Corpus;

public sealed class CorpusPreparerTests : IDisposable
{
    private readonly ToneCorpus _source = new();
    private readonly string _output = Path.Combine(Path.GetTempPath(), $"prepared-{Guid.NewGuid():n}");

    public void Dispose()
    {
        _source.Dispose();
        if (Directory.Exists(_output))
        {
            Directory.Delete(_output, recursive: true);
        }
    }

    private CorpusOptions Options => new() { Source = _source.Folder, Output = _output, HeldOutShare = 0.25 };

    [Fact]
    public void A_prepared_corpus_gives_back_samples_labels_and_both_sides_of_the_split()
    {
        var skipped = CorpusPreparer.Prepare(Options);

        using var corpus = PreparedCorpus.Open(_output);
        Assert.Empty(skipped);
        Assert.Equal(24, corpus.Items.Count);
        Assert.Equal(["high", "low"], corpus.Voices);
        Assert.Equal(["_", "a", "i", "u"], corpus.PhoneSymbols);
        Assert.Contains(corpus.Items, item => item.IsHeldOut);
        Assert.Contains(corpus.Items, item => !item.IsHeldOut);
        var original = WavFile.Read(Path.Combine(_source.Folder, "low.wav")).ToMono();
        var last = corpus.Items.ToList().FindLastIndex(item => item.Voice == "low");
        var samples = corpus.Read(last);
        for (var i = 0; i < samples.Length; i++)
        {
            Assert.Equal(original[(11 * ToneCorpus.ItemFrames * 1_920) + i], samples[i], 1e-4);
        }

        var labels = corpus.Labels(last);
        Assert.Equal(samples.Length / 480, labels.Length);
        Assert.Equal(0, labels[0]);
        Assert.NotEqual(0, labels[2]);
    }

    [Fact]
    public void A_text_is_held_out_for_every_voice_or_for_none()
    {
        CorpusPreparer.Prepare(Options);

        using var corpus = PreparedCorpus.Open(_output);
        Assert.All(corpus.Items.GroupBy(item => item.Text), text => Assert.Single(text.Select(item => item.IsHeldOut).Distinct()));
    }

    [Fact]
    public void A_further_corpus_is_learnt_from_and_changes_nothing_about_what_is_held_out()
    {
        CorpusPreparer.Prepare(Options);
        var alone = File.ReadAllLines(Path.Combine(_output, "items.tsv"));
        using var further = new ToneCorpus(itemsPerVoice: 40);

        var skipped = CorpusPreparer.Prepare(Options with { Further = [further.Folder] });

        using var corpus = PreparedCorpus.Open(_output);
        Assert.Equal(alone, File.ReadAllLines(Path.Combine(_output, "items.tsv"))[..alone.Length]);
        var heldOut = corpus.Items.Where(item => item.IsHeldOut).Select(item => item.Text).ToHashSet();
        Assert.All(corpus.Items.Skip(alone.Length), item => Assert.False(item.IsHeldOut || heldOut.Contains(item.Text)));
        // The same tones come first in both.
        Assert.All(skipped, item => Assert.Equal((further.Folder, "its text is held out"), (item.Folder, item.Reason)));
        Assert.Equal(80, corpus.Items.Count - alone.Length + skipped.Count);
        Assert.NotEmpty(skipped);
        var last = WavFile.Read(Path.Combine(further.Folder, "high.wav")).ToMono()[^(ToneCorpus.ItemFrames * 1_920)..];
        Assert.All(last.Zip(corpus.Read(corpus.Items.Count - 1)), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Theory]
    [InlineData(0.75)]
    [InlineData(1.3)]
    public void What_is_learnt_is_also_said_by_speakers_of_another_size_at_the_same_pace(double size)
    {
        CorpusPreparer.Prepare(Options with { Sizes = [size] });

        using var corpus = PreparedCorpus.Open(_output);
        Assert.Equal(4, corpus.Voices.Count);
        Assert.Contains(FormattableString.Invariant($"\"Sizes\":[{size}]"), File.ReadAllText(Path.Combine(_output, "corpus.json")), StringComparison.Ordinal);
        var sized = Enumerable.Range(0, corpus.Items.Count).Where(i => corpus.Items[i].Voice == SpeakerSize.NameOf("low", size)).ToArray();
        Assert.Equal(corpus.Items.Count(item => item.Voice == "low" && !item.IsHeldOut), sized.Length);
        foreach (var i in sized)
        {
            var (own, other) = (corpus.Items[i - 1], corpus.Items[i]);
            Assert.Equal((own.Text, own.Samples, own.Phones, false, "low"), (other.Text, other.Samples, other.Phones, other.IsHeldOut, own.Voice));
            // A tone is higher by the factor, where it was.
            Assert.Equal(size, Crossings(corpus.Read(i)) / Crossings(corpus.Read(i - 1)), 0.05 * size);
        }

        static double Crossings(float[] samples) => samples.Zip(samples.Skip(1)).Count(pair => pair.First < 0 && pair.Second >= 0);
    }

    [Fact]
    public void Labels_that_come_late_are_moved_to_their_sound_those_of_a_further_corpus_stay()
    {
        using var further = new ToneCorpus(itemsPerVoice: 40);
        CorpusPreparer.Prepare(Options with { Further = [further.Folder] });
        var before = File.ReadAllLines(Path.Combine(_output, "items.tsv"));

        CorpusPreparer.Prepare(Options with { Further = [further.Folder], LateLabels = 3 });

        var after = File.ReadAllLines(Path.Combine(_output, "items.tsv"));
        Assert.Equal(before[24..], after[24..]);
        Assert.All(before.Take(24).Zip(after), pair => Assert.Equal([.. Labels(pair.First)[3..], .. Enumerable.Repeat(Labels(pair.First)[^1], 3)], Labels(pair.Second)));

        static string[] Labels(string line) => [.. PhoneRuns.Parse(line.Split('\t')[5]).SelectMany(run => Enumerable.Repeat(run.Symbol, run.Count))];
    }

    [Fact]
    public void The_same_seed_makes_the_same_split()
    {
        CorpusPreparer.Prepare(Options);
        var first = File.ReadAllText(Path.Combine(_output, "items.tsv"));

        CorpusPreparer.Prepare(Options);

        Assert.Equal(first, File.ReadAllText(Path.Combine(_output, "items.tsv")));
        CorpusPreparer.Prepare(Options with { Seed = 2 });
        Assert.NotEqual(first, File.ReadAllText(Path.Combine(_output, "items.tsv")));
    }

    [Theory]
    [InlineData("none.wav\t0\t1920\tlow\ta\t_4", "missing: no file")]
    [InlineData("low.wav\t99999999\t1920\tlow\ta\t_4", "missing: ends at sample")]
    [InlineData("quiet.wav\t0\t3840\tlow\ta\t_8", "silent")]
    [InlineData("loud.wav\t0\t3840\tlow\ta\ta8", "clipped")]
    [InlineData("low.wav\t0\t1900\tlow\ta\t_4", "mislabelled: 1900 samples")]
    [InlineData("low.wav\t0\t23040\tlow\t\t_4", "mislabelled: no text")]
    [InlineData("low.wav\t0\t23040\tlow\ta\ta8 8", "mislabelled: '8'")]
    [InlineData("low.wav\t0\t23040\tlow\ta\ta8", "mislabelled: 8 phone labels")]
    [InlineData("low.wav\t0\t23040\tlow\tthis is the text of quite another sentence\ta24 i24", "mislabelled: 2 phones")]
    [InlineData("low.wav\tx\t1920\tlow\ta\t_4", "not 6 columns")]
    public void A_bad_item_is_left_out_and_named(string line, string reason)
    {
        WavFile.Write(Path.Combine(_source.Folder, "quiet.wav"), new float[3_840], 24_000);
        WavFile.Write(Path.Combine(_source.Folder, "loud.wav"), [.. Enumerable.Range(0, 3_840).Select(i => i % 50 < 25 ? 1f : -1f)], 24_000);
        _source.Add(line);
        _source.Write();

        var skipped = Assert.Single(CorpusPreparer.Prepare(Options));

        Assert.Contains(reason, skipped.Reason, StringComparison.Ordinal);
        Assert.Equal(26, skipped.Line);
        using var corpus = PreparedCorpus.Open(_output);
        Assert.Equal(24, corpus.Items.Count);
    }

    [Fact]
    public void A_folder_that_is_no_corpus_is_refused_with_advice()
    {
        var fault = Assert.Throws<FileNotFoundException>(() => CorpusPreparer.Prepare(Options with { Source = Path.GetTempPath() }));
        Assert.Contains("index.tsv", fault.Message, StringComparison.Ordinal);

        var unprepared = Assert.Throws<InvalidDataException>(() => PreparedCorpus.Open(_source.Folder));
        Assert.Contains("corpus prepare", unprepared.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_cache_is_refused()
    {
        CorpusPreparer.Prepare(Options);
        using (var audio = File.OpenWrite(Path.Combine(_output, "audio.s16")))
        {
            audio.SetLength(1_000);
        }

        Assert.Contains("500 samples", Assert.Throws<InvalidDataException>(() => PreparedCorpus.Open(_output)).Message, StringComparison.Ordinal);
    }
}
