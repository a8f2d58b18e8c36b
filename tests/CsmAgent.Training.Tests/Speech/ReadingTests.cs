using CsmAgent.Models.Tokenizers;
using CsmAgent.Training.Corpus;
using CsmAgent.Training.Speech;
using CsmAgent.Training.Tests.Codec;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Training.Tests.Speech;

/// <summary>Where in its text the speech is, and how a model is shown it.</summary>
[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class ReadingTests : IDisposable
{
    private readonly TinyCodecCase _case = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _case.Dispose();
    }

    [Fact]
    public void Letters_are_found_from_their_phones()
    {
        using var corpus = PreparedCorpus.Open(Path.Combine(_case.Folder, "corpus"));

        var alignment = LetterAlignment.Learn(corpus);

        for (var item = 0; item < corpus.Items.Count; item++)
        {
            var bytes = alignment.Item(item).ToArray();
            // Two labels of silence, then six of each letter.
            var expected = Enumerable.Repeat(0, 2).Concat(Enumerable.Range(0, corpus.Items[item].Text.Length).SelectMany(letter => Enumerable.Repeat(letter, 6)));
            Assert.Equal(expected, bytes);
        }
    }

    [Fact]
    public void Letters_without_a_phone_are_passed_over_and_a_pause_belongs_to_its_stop()
    {
        var (texts, phones) = (new[] { "she sat. the hat", "this ship", "has the cat", "cats sit", "the ship" }, new[]
        {
            "_2 ʃ2 i3 _1 s2 a3 t2 _5 ð2 ə2 _1 h2 a3 t2", "ð2 i3 s2 _1 ʃ2 i3 p2", "h2 a3 s2 _1 ð2 ə2 _1 k2 a3 t2", "k2 a3 t2 s2 _1 s2 i3 t2", "ð2 ə2 _1 ʃ2 i3 p2",
        });
        using var corpus = Prepare(texts, phones);

        var alignment = LetterAlignment.Learn(corpus);

        var item = corpus.Items.ToList().FindIndex(entry => entry.Text == texts[0]);
        var letters = new string([.. alignment.Item(item).ToArray().Select(at => texts[0][at])]);
        // Letters without a phone of their own (" t", the h of "the") are passed over.
        Assert.Equal("sat", letters[8..15].Replace("ss", "s").Replace("aaa", "a").Replace("tt", "t"));
        Assert.All(alignment.Item(item)[15..20].ToArray(), at => Assert.Contains(texts[0][at], ". "));
        Assert.Equal("hat", letters[^7..].Replace("hh", "h").Replace("aaa", "a").Replace("tt", "t"));
    }

    [Fact]
    public void Speech_without_phones_has_no_alignment()
    {
        using var corpus = Prepare(["ab", "a"], ["", "a3"]);

        var alignment = LetterAlignment.Learn(corpus);

        Assert.True(alignment.Item(0).IsEmpty);
        Assert.Equal([0, 0, 0], alignment.Item(1).ToArray());
        Assert.Equal(["", "0 0 0"], alignment.Lines());
    }

    [Fact]
    public void Every_frame_names_the_rows_of_the_letters_it_says_and_its_end_the_end_of_the_text()
    {
        using var corpus = PreparedCorpus.Open(Path.Combine(_case.Folder, "corpus"));
        var codes = CodeCache.Open(Path.Combine(_case.Folder, "codes"), corpus, Path.Combine(_case.Folder, "start"), starts: 2);
        var packer = new ConversationPacker(corpus, codes, CsmTrainerTests.Config, new ByteTokenizer(), heldOut: false, alignment: LetterAlignment.Learn(corpus));

        var (rows, labels, phones, spoken, _) = packer.Next(new Random(1), 4, 200, depthShare: 1, corruption: 0);

        var checkedFrames = 0;
        for (var b = 0; b < 4; b++)
        {
            for (var row = 0; row < 200; row++)
            {
                var (first, last) = (spoken[b, row, 0].item<long>(), spoken[b, row, 1].item<long>());
                if (labels[b, row, 0].item<long>() == CsmObjective.Ignored)
                {
                    Assert.Equal(CsmObjective.Ignored, first);
                    continue;
                }

                if (labels[b, row].eq(0).all().item<bool>())
                {
                    Assert.Equal(257, rows[b, first, 3].item<long>());
                    continue;
                }

                // A tone corpus names its phones by letters.
                foreach (var (at, label) in new[] { (first, 0), (last, PhoneRuns.LabelsPerFrame - 1) })
                {
                    var phone = corpus.PhoneSymbols[(int)phones[b, row, label].item<long>()];
                    if (phone != PhoneRuns.Silence)
                    {
                        Assert.Equal(phone[0], (char)rows[b, at, 3].item<long>());
                        checkedFrames++;
                    }
                }
            }
        }

        Assert.True(checkedFrames > 100);
    }

    [Fact]
    public void The_loss_is_the_attention_that_misses_the_letters_of_the_next_frame()
    {
        const int Rows = 9;
        using var generator = new Generator(5);
        var (query, key) = (randn([1, 2, Rows, 4], generator: generator), randn([1, 1, Rows, 4], generator: generator));
        // Rows 0 to 5 are text; row 7 is a frame that says rows 3 to 3, row 8 one that says 4 to 5.
        var spoken = full([1, Rows, 2], CsmObjective.Ignored, int64);
        (spoken[0, 7, 0], spoken[0, 7, 1], spoken[0, 8, 0], spoken[0, 8, 1]) = (3L, 3L, 4L, 5L);

        var guide = AttentionGuide.ToLetters(spoken, layers: 3);
        guide.Look(0, zeros_like(query), key); // below the middle
        guide.Look(1, query, key);
        guide.Look(2, zeros_like(query), key); // above it

        double Missed(int row, int from, int to)
        {
            var weights = Enumerable.Range(0, row + 1).Select(column => Math.Exp((query[0, 0, row] * key[0, 0, column]).sum().item<float>() / 2)).ToArray();
            return -Math.Log(weights[from..(to + 1)].Sum() / weights.Sum());
        }

        // One row before, two after.
        Assert.Equal((Missed(6, 2, 5) + Missed(7, 3, 7)) / 2, guide.Loss.item<float>(), 1e-4);
    }

    [Fact]
    public void The_loss_is_the_attention_that_misses_what_the_same_speaker_said_in_turns_before()
    {
        const int Rows = 10;
        using var generator = new Generator(6);
        var (query, key) = (randn([2, 4, Rows, 4], generator: generator), randn([2, 2, Rows, 4], generator: generator));
        var turns = Turns(Rows);

        var guide = AttentionGuide.ToVoice(turns, layers: 3);
        guide.Look(0, query, key);
        guide.Look(1, query, key);
        guide.Look(2, zeros_like(query), key); // above the middle

        double Missed(int row, params int[] heard)
        {
            // The second of four heads, the first of two key heads.
            var weights = Enumerable.Range(0, row + 1).Select(column => Math.Exp((query[1, 1, row] * key[1, 0, column]).sum().item<float>() / 2)).ToArray();
            return -Math.Log(heard.Sum(column => weights[column]) / weights.Sum());
        }

        // The first turns of both have nothing to hear.
        Assert.Equal((Missed(5, 1) + Missed(6, 1) + Missed(8, 3, 4)) / 3, guide.Loss.item<float>(), 1e-4);
    }

    [Fact]
    public void The_loss_is_the_attention_that_misses_the_tag_of_the_turn()
    {
        const int Rows = 10;
        using var generator = new Generator(7);
        var (query, key) = (randn([2, 4, Rows, 4], generator: generator), randn([2, 2, Rows, 4], generator: generator));

        var guide = AttentionGuide.ToTag(Turns(Rows), layers: 6);
        guide.Look(0, zeros_like(query), key); // beside the one layer
        guide.Look(1, query, key);
        guide.Look(2, zeros_like(query), key);

        double Missed(int row, int tag)
        {
            // The third of four heads, the second of two key heads.
            var weights = Enumerable.Range(0, row + 1).Select(column => Math.Exp((query[1, 2, row] * key[1, 1, column]).sum().item<float>() / 2)).ToArray();
            return -Math.Log(weights[tag] / weights.Sum());
        }

        Assert.Equal((Missed(0, 0) + Missed(2, 2) + Missed(3, 2) + Missed(5, 5) + Missed(6, 5) + Missed(8, 8)) / 6, guide.Loss.item<float>(), 1e-4);
    }

    [Fact]
    public void No_aligned_frame_is_no_loss() => Assert.Equal(0, AttentionGuide.ToLetters(full([1, 4, 2], CsmObjective.Ignored, int64), 2).Loss.item<float>());

    // In the second of two sequences: speaker 1 says row 1, speaker 0 rows 3 and 4, speaker 1 rows 6 and 7, speaker 0 row 9; the rows before are their tags.
    private static Tensor Turns(int rows)
    {
        var turns = full([2, rows, SpeechBatch.TurnColumns], CsmObjective.Ignored, int64);
        foreach (var (row, speaker, turn, tag) in new[] { (1, 1L, 0L, 0L), (3, 0L, 1L, 2L), (4, 0L, 1L, 2L), (6, 1L, 2L, 5L), (7, 1L, 2L, 5L), (9, 0L, 3L, 8L) })
        {
            (turns[1, row, 0], turns[1, row, 1], turns[1, row, 2]) = (speaker, turn, tag);
        }

        return turns;
    }

    private PreparedCorpus Prepare(string[] texts, string[] phones)
    {
        var folder = Path.Combine(_case.Folder, "written");
        Directory.CreateDirectory(folder);
        var lines = texts.Zip(phones, (text, runs) => new CorpusItem(0, 1_920 * 8, "voice", false, text, runs));
        File.WriteAllLines(Path.Combine(folder, "items.tsv"), lines.Select(PreparedCorpus.Format));
        File.WriteAllText(Path.Combine(folder, "corpus.json"), "{\"version\":1}");
        File.WriteAllBytes(Path.Combine(folder, "audio.s16"), new byte[1_920 * 8 * 2]);
        return PreparedCorpus.Open(folder);
    }
}
