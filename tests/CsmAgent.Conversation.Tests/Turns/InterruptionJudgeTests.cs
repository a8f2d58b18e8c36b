using CsmAgent.Conversation.Options;
using CsmAgent.Conversation.Turns.Interruption;

namespace CsmAgent.Conversation.Tests.Turns;

public sealed class InterruptionJudgeTests
{
    private static readonly InterruptionJudge Judge = new(new BargeInOptions().Backchannels);

    [Theory]
    [InlineData("Mm hmm.")]
    [InlineData("Uh huh.")]
    [InlineData("Yeah.")]
    [InlineData("Right.")]
    [InlineData("Okay.")]
    [InlineData("yeah okay I see")]
    [InlineData("")]
    [InlineData("them")]
    [InlineData("a hum")]
    public void Listeners_noises_are_backchannels(string text) => Assert.Equal(Verdict.Backchannel, Judge.Judge(text, isFinal: true, isShort: false));

    [Theory]
    [InlineData("Stop.")]
    [InlineData("Wait, stop talking.")]
    [InlineData("No, that is not what I meant.")]
    [InlineData("what time is it")]
    [InlineData("yeah but what about tomorrow")]
    public void Words_that_want_the_floor_interrupt(string text) => Assert.Equal(Verdict.Interrupts, Judge.Judge(text, isFinal: true, isShort: false));

    [Fact]
    public void One_unknown_word_is_undecided_until_it_is_final() =>
        Assert.Equal((Verdict.Undecided, Verdict.Interrupts),
            (Judge.Judge("bananas", isFinal: false, isShort: false), Judge.Judge("bananas", isFinal: true, isShort: false)));

    [Fact]
    public void A_random_word_for_a_short_sound_is_no_interruption() =>
        Assert.Equal(Verdict.Backchannel, Judge.Judge("them", isFinal: true, isShort: true));
}
