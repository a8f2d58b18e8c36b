using CsmAgent.Training.Evaluation;

namespace CsmAgent.Training.Tests.Evaluation;

public sealed class ReadingErrorsTests
{
    // "so, is" in 20 ms labels: the blank (byte 3) comes at 200 ms; its byte is that after the comma, which ends no word.
    [Fact]
    public void A_word_that_ends_in_a_mark_has_no_end_to_find() =>
        Assert.Empty(ReadingErrors.OfWordEnds("so, is", [0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 3, 4, 5], [0, 1, 2, 2, 2, 4]));

    // "it is": byte 2 is said from label 6 on, at 120 ms; the reading of frame n stands for 80 n + 40 ms.
    [Theory]
    [InlineData(new[] { 0.0, 2.0, 4 }, 0)]
    [InlineData(new[] { 0.0, 1.4, 1.6 }, 80)]
    [InlineData(new[] { 0.0, 1.0, 1.4, 4 }, 160)]
    public void An_end_found_late_is_off_by_as_many_frames(double[] reached, double expected) =>
        Assert.Equal([expected], ReadingErrors.OfWordEnds("it is", [0, 0, 0, 1, 1, 1, 2, 3, 4], [.. reached]));

    [Fact]
    public void Bytes_count_not_letters_and_what_is_never_reached_tells_nothing()
    {
        // "é" has two bytes: the word "né" ends at byte 3.
        Assert.Equal([-40.0], ReadingErrors.OfWordEnds("né a b", [0, 0, 0, 0, 1, 1, 1, 2, 3, 3, 4, 5, 6], [0, 3, 3.2]));
    }
}
