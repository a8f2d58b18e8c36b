using CsmAgent.Conversation.Options;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Turns.Interruption;

namespace CsmAgent.Conversation.Tests.Turns;

public sealed class InterruptionJudgeTests
{
    private static readonly InterruptionJudge Judge = new(new BargeInOptions().Backchannels);
    private static readonly VoiceSound AsUsual = new(0, -20, 900);
    private static readonly VoiceSound Whisper = new(-6, -20, 900);
    private static readonly VoiceSound TurnedAway = new(-4, -20, 900);
    private static readonly VoiceSound AcrossTheRoom = new(-9, -6, 1100);

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
    public void Listeners_noises_are_backchannels_however_near(string text) => Assert.Equal(Verdict.Backchannel, Final(text, AsUsual));

    [Theory]
    [InlineData("Stop.")]
    [InlineData("Wait, stop talking.")]
    [InlineData("No, that is not what I meant.")]
    [InlineData("what time is it")]
    [InlineData("okay so what is twelve times seven")]
    [InlineData("tell me a joke")]
    public void Who_asks_for_the_floor_or_for_something_gets_it_even_when_soft(string text)
    {
        Assert.Equal(Verdict.Interrupts, Final(text, AsUsual));
        Assert.Equal(Verdict.Interrupts, Final(text, Whisper));
        Assert.Equal(Verdict.Interrupts, Final(text, sound: null));
    }

    [Theory]
    [InlineData("the soup is getting cold")]
    [InlineData("the pencils have all been used")]
    public void What_could_be_said_to_anybody_is_for_the_agent_only_when_spoken_as_the_user_speaks_to_it(string text)
    {
        Assert.Equal(Verdict.Interrupts, Final(text, AsUsual));
        Assert.Equal(Verdict.Elsewhere, Final(text, TurnedAway));
        Assert.Equal(Verdict.Elsewhere, Final(text, AcrossTheRoom));
    }

    [Theory]
    [InlineData("my name is anna")]
    [InlineData("i would like some music")]
    [InlineData("the travel anywhere where would you go")]
    [InlineData("what time is it")]
    [InlineData("which time is left on the timer")]
    [InlineData("the weather is lovely today")]
    [InlineData("mine me a call the dentist at three o'clock")]
    [InlineData("hey stop")]
    [InlineData("hey what time is it")]
    [InlineData("into the timer")]
    [InlineData("mommy a joke")]
    [InlineData("two five million three three six")]
    public void Who_wants_something_of_the_listener_is_heard_at_eight_decibels_below_the_usual(string text) =>
        Assert.Equal(Verdict.Interrupts, Final(text, new(-8, -20, 900)));

    [Theory]
    [InlineData("what a warehouse")]
    [InlineData("what and a warehouse")]
    [InlineData("what's never been surpassed")]
    [InlineData("do i mean the simple circumstances")]
    [InlineData("i had a terrible day")]
    [InlineData("he asked them would they")]
    [InlineData("which is comparatively modern")]
    [InlineData("two or three five six")]
    [InlineData("hey")] // made of noise, as the next
    [InlineData("hey it")]
    [InlineData("his timer")] // made of a murmur
    [InlineData("most do you know")] // made of a voice across the room
    public void Who_wants_nothing_is_not(string text) => Assert.Equal(Verdict.Elsewhere, Final(text, new(-8, -20, 900)));

    [Theory]
    [InlineData("i had a terrible day")]
    [InlineData("my name is anna")]
    public void Who_speaks_of_themselves_speaks_to_the_agent_unless_from_afar(string text)
    {
        Assert.Equal(Verdict.Interrupts, Final(text, Whisper));
        Assert.Equal(Verdict.Elsewhere, Final(text, AcrossTheRoom));
    }

    [Fact]
    public void A_call_is_heard_from_nearby_however_short()
    {
        Assert.Equal(Verdict.Interrupts, Judge.Judge("hey", isFinal: true, 300, AsUsual).Verdict);
        Assert.Equal(Verdict.Interrupts, Judge.Judge("hey it", isFinal: true, 300, TurnedAway).Verdict);
        Assert.Equal(Verdict.Elsewhere, Judge.Judge("hey", isFinal: true, 300, Whisper).Verdict);
    }

    [Theory]
    [InlineData("in mannheim")]
    [InlineData("and how he")]
    [InlineData("the high")]
    public void Random_words_for_a_murmur_do_not_stop_the_agent(string text) =>
        Assert.NotEqual(Verdict.Interrupts, Judge.Judge(text, isFinal: true, 480, AsUsual).Verdict);

    [Fact]
    public void A_question_across_the_room_is_not_for_the_agent() =>
        Assert.Equal(Verdict.Elsewhere, Final("what did you buy", AcrossTheRoom));

    [Fact]
    public void A_word_in_the_middle_of_a_sentence_does_not_stop_the_agent() =>
        Assert.Equal(Verdict.Elsewhere, Final("he will never stop", TurnedAway));

    [Fact]
    public void Before_the_end_only_what_is_clear_is_decided()
    {
        Assert.Equal(Verdict.Undecided, Judge.Judge("wait", isFinal: false, 300, AsUsual).Verdict);
        Assert.Equal(Verdict.Interrupts, Judge.Judge("wait stop", isFinal: false, 300, AsUsual).Verdict);
        Assert.Equal(Verdict.Interrupts, Judge.Judge("what time is it", isFinal: false, 800, AsUsual).Verdict);
        Assert.Equal(Verdict.Undecided, Judge.Judge("what time", isFinal: false, 400, AsUsual).Verdict);
        Assert.Equal(Verdict.Undecided, Judge.Judge("bananas", isFinal: false, 800, AsUsual).Verdict);
    }

    [Fact]
    public void A_bystander_is_known_by_the_distance_once_there_is_enough_to_hear()
    {
        Assert.True(InterruptionJudge.IsBystander(new VoiceSound(-16, -9, 500)));
        Assert.False(InterruptionJudge.IsBystander(new VoiceSound(-16, -9, 100)));
        Assert.False(InterruptionJudge.IsBystander(Whisper));
        Assert.False(InterruptionJudge.IsBystander(null));
    }

    private static Verdict Final(string text, VoiceSound? sound) => Judge.Judge(text, isFinal: true, 900, sound).Verdict;
}
