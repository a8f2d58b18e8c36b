using CsmAgent.Conversation.Streams;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Streams;

public sealed class UserVoiceTests
{
    private readonly UserVoice _user = new();

    [Fact]
    public void Far_below_the_users_level_nobody_interrupts_the_agent()
    {
        Assert.True(Speak(gain: 1, agentSpeaks: false));

        Assert.False(Speak(gain: 0.1f, agentSpeaks: true));
        Assert.True(Speak(gain: 0.5f, agentSpeaks: true));
    }

    [Fact]
    public void While_the_agent_is_silent_everybody_is_heard()
    {
        Speak(gain: 1, agentSpeaks: false);

        Assert.True(Speak(gain: 0.01f, agentSpeaks: false));
    }

    [Fact]
    public void Before_the_first_turn_everybody_may_interrupt() => Assert.True(Speak(gain: 0.01f, agentSpeaks: true));

    [Fact]
    public void Somebody_who_speaks_up_is_let_through()
    {
        Speak(gain: 1, agentSpeaks: false);
        Assert.False(Say(0.1f, agentSpeaks: true));

        Assert.True(Say(1, agentSpeaks: true));
    }

    [Fact]
    public void A_voice_is_measured_beside_the_users_own()
    {
        Speak(gain: 1, agentSpeaks: false);
        Say(0.5f, agentSpeaks: true);

        Assert.InRange(_user.Sound.LevelDb, -6.5, -5.5);
        Assert.InRange(_user.Sound.ActiveMs, 480, 520);
        Assert.InRange(_user.Sound.GapsDb, -1, 0);
    }

    [Fact]
    public void Before_the_first_turn_a_voice_counts_as_the_users()
    {
        Say(0.1f, agentSpeaks: true);

        Assert.Equal(0, _user.Sound.LevelDb);
    }

    [Fact]
    public void Who_is_as_loud_as_the_user_for_a_syllable_is_close()
    {
        var tone = Desk.Tone(0.01)[..240];
        Assert.DoesNotContain(true, Close(tone, hops: 9));
        Speak(gain: 1, agentSpeaks: false);

        Assert.Equal([false, false, false, true, true], Close(tone, hops: 5));

        Assert.DoesNotContain(true, Close(tone, hops: 9, isDoubleTalk: false));
        Assert.DoesNotContain(true, Close(Array.ConvertAll(tone, sample => sample * 0.5f), hops: 9));
    }

    [Fact]
    public void What_a_loop_leaves_of_the_agent_is_nobody() => Assert.False(Say(0.003f, agentSpeaks: true));

    private bool[] Close(float[] hop, int hops, bool isDoubleTalk = true) =>
        [.. Enumerable.Range(0, hops).Select(_ => _user.IsClose(hop, isDoubleTalk))];

    private bool Speak(float gain, bool agentSpeaks)
    {
        var passed = Say(gain, agentSpeaks);
        for (var i = 0; i < 60; i++)
        {
            _user.Pass(new float[240], new float[240], isSpeech: false);
        }

        return passed;
    }

    private bool Say(float gain, bool agentSpeaks)
    {
        var played = new float[240];
        Array.Fill(played, agentSpeaks ? 0.2f : 0);
        var tone = Array.ConvertAll(Desk.Tone(0.5), sample => sample * gain);
        _user.Pass(new float[240], played, isSpeech: false);
        var passed = false;
        for (var at = 0; at + 240 <= tone.Length; at += 240)
        {
            passed = _user.Pass(tone.AsSpan(at, 240), played, isSpeech: true);
        }

        return passed;
    }
}
