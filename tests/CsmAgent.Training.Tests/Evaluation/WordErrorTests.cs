using CsmAgent.Training.Evaluation;

namespace CsmAgent.Training.Tests.Evaluation;

public sealed class WordErrorTests
{
    [Theory]
    [InlineData("Mr. O'Neil's 3 dogs; it's 1,205 o’clock!", "mister o'neil's three dogs it's one thousand two hundred five o'clock")]
    [InlineData("'Quoted' words & 50%", "quoted words and fifty percent")]
    [InlineData("room12b", "room twelve b")]
    [InlineData("", "")]
    public void Text_becomes_the_words_a_recogniser_would_write(string text, string words) =>
        Assert.Equal(words.Split(' ', StringSplitOptions.RemoveEmptyEntries), SpokenWords.Of(text));

    [Theory]
    [InlineData("one two three", "one two three", 0)]
    [InlineData("one two three", "one too three", 1)]
    [InlineData("one two three", "one three", 1)]
    [InlineData("one two three", "", 3)]
    [InlineData("one", "one and two", 2)]
    public void Substitutions_deletions_and_insertions_count_once_each(string reference, string heard, int errors)
    {
        var counted = WordErrors.Count(reference, heard);

        Assert.Equal(errors, counted.Errors);
        Assert.Equal(reference.Split(' ').Length, counted.Words);
    }

    [Fact]
    public void Rates_weigh_sentences_by_their_words()
    {
        var sum = WordErrors.Sum([new(1, 1), new(0, 9)]);

        Assert.Equal(0.1, sum.Rate, 1e-12);
    }

    [Fact]
    public void Hypotheses_find_their_recordings_and_silence_has_no_words()
    {
        var heard = SpeechJudge.Hypotheses(["good morning (u00002 -1234)", "hello (u00000 -5)", "noise"], 3);

        Assert.Equal(["hello", "", "good morning"], heard);
    }

    [Fact]
    public void The_closed_model_holds_the_known_words_with_their_frequency()
    {
        var dictionary = Path.GetTempFileName();
        File.WriteAllText(dictionary, "a AH\nb B IY\n");

        var lines = SpeechJudge.ClosedModel(["a a b", "xyzzy"], dictionary);

        Assert.Contains("ngram 1=4", lines);
        Assert.Contains(lines, line => line.EndsWith(" a", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("xyzzy", StringComparison.Ordinal));
        File.Delete(dictionary);
    }

    [Fact]
    public void Voice_prints_tell_a_low_voice_from_a_high_one_at_any_level()
    {
        var prints = new Dictionary<string, VoicePrint> { ["low"] = VoicePrint.Of([Harmonics(110, 1)]), ["high"] = VoicePrint.Of([Harmonics(240, 1)]) };

        Assert.Equal("low", VoicePrint.Of([Harmonics(115, 0.1)]).Nearest(prints));
        Assert.Equal("high", VoicePrint.Of([Harmonics(230, 0.3)]).Nearest(prints));
        Assert.Equal(0, prints["low"].Distance(prints["low"]), 1e-9);
    }

    [Fact]
    public void The_spectrogram_is_a_readable_picture_of_the_sound()
    {
        var png = SpectrogramImage.Draw(Harmonics(200, 1));

        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], png[..4]);
        Assert.Equal("IEND"u8.ToArray(), png[^8..^4]);
        Assert.Equal([0xAE, 0x42, 0x60, 0x82], png[^4..]); // the checksum every IEND has
    }

    private static float[] Harmonics(double hertz, double level) => [.. Enumerable.Range(0, 24_000)
        .Select(i => (float)(level * Enumerable.Range(1, 8).Sum(k => Math.Sin(2 * Math.PI * hertz * k * i / 24_000) / k) / 4))];
}
