using CsmAgent.Audio;
using CsmAgent.Conversation.Protocol;
using CsmAgent.TestSupport;

namespace CsmAgent.EndToEnd.Tests;

/// <summary>One conversation of recorded turns through everything that ships, looked at from several sides.</summary>
[Collection(AgentCollection.Name)]
[Trait("Category", "Native")]
[Trait("Category", "Slow")]
public sealed class ConversationTests(AgentFixture agent)
{
    private const double Audible = 0.003;

    [Fact]
    public async Task A_conversation_is_heard_answered_interrupted_and_remembered()
    {
        var voice = new SpyVoice(agent.Engines.Synthesizer);
        await using var talk = new Talk(agent) { Engines = agent.Engines with { Synthesizer = voice } }
            .Say("047-greeting.wav")
            .Say("032-name-set.wav")
            .Say("012-arithmetic.wav")
            .Say("086-story-with-pauses.wav")
            .Interrupt("070-backchannel.wav", after: 1.2)
            .Interrupt("056-interrupt.wav", after: 1.5)
            .Say("034-name-get.wav");

        await talk.HoldAsync();

        Answers(talk, "anna", "two hundred four");
        TheInterruptedStoryIsCutWhereItWasHeard(talk, voice);
        NothingIsMissingInsideSpeech(talk, voice);
        Assert.Empty(talk.Of<ConversationEvents.Trouble>());
        await WhatWasSpokenIsRecognisedAgain(talk, voice);
    }

    private static void Answers(Talk talk, params string[] words)
    {
        var spoken = string.Join(' ', talk.Of<ConversationEvents.AgentTurnEnded>().Select(turn => turn.HeardText)).ToLowerInvariant();

        Assert.All(words, word => Assert.True(spoken.Contains(word, StringComparison.Ordinal), talk.Story()));
    }

    private static void TheInterruptedStoryIsCutWhereItWasHeard(Talk talk, SpyVoice voice)
    {
        // "Yeah" wants nothing, "Wait, stop talking" wants silence.
        Assert.NotEmpty(talk.Of<ConversationEvents.AgentResumed>());
        var cut = Assert.Single(talk.Of<ConversationEvents.AgentTurnEnded>(), turn => turn.WasInterrupted);
        Assert.InRange(cut.HeardFrames, 1, cut.GeneratedFrames - 1);
        var kept = Assert.Single(voice.RolledBack);
        Assert.Equal((cut.HeardFrames, cut.HeardText), (kept.Frames, kept.Text));

        var ducked = talk.Of<ConversationEvents.AgentDucked>().Last(duck => duck.Generation == cut.Generation);
        var agent = talk.Recording.Channel(1);
        var silentFrom = Array.FindLastIndex(agent, (int)cut.LastPlayedSample!.Value + AudioFormat.FrameSamples, sample => Math.Abs(sample) > Audible);
        Assert.True(
            silentFrom - ducked.AtSample <= AudioFormat.SampleRateHz / 5,
            $"The agent was heard {(silentFrom - ducked.AtSample) * 1000.0 / AudioFormat.SampleRateHz:0} ms after it noticed the interruption.");
    }

    // What was recorded of a reply that nobody disturbed is what the synthesiser gave, sample for sample: no gap, no click, no clip.
    private static void NothingIsMissingInsideSpeech(Talk talk, SpyVoice voice)
    {
        var agent = talk.Recording.Channel(1);
        var disturbed = talk.Of<ConversationEvents.AgentDucked>().Select(duck => duck.Generation).ToHashSet();
        var whole = talk.Of<ConversationEvents.AgentTurnEnded>().Where(turn => !turn.WasInterrupted && !disturbed.Contains(turn.Generation)).ToArray();
        Assert.NotEmpty(whole);
        foreach (var turn in whole)
        {
            var given = voice.Spoken[turn.Generation];
            var recorded = agent.AsSpan((int)turn.FirstPlayedSample!.Value, given.Count);
            var (worst, at) = (0.0, 0);
            for (var i = 0; i < given.Count; i++)
            {
                var difference = Math.Abs(recorded[i] - given[i]);
                (worst, at) = difference > worst ? (difference, i) : (worst, at);
            }

            Assert.True(worst < 2.0 / 32768, $"'{turn.HeardText}' differs by {worst:0.####} at sample {at} of {given.Count}, {turn.Underruns} underruns.");
        }

        Assert.True(agent.Max(Math.Abs) < 0.999, "The agent's side is clipped.");
    }

    private async Task WhatWasSpokenIsRecognisedAgain(Talk talk, SpyVoice voice)
    {
        var recording = talk.Recording.Channel(1);
        var (heard, floor) = (default(WordErrors), default(WordErrors));
        foreach (var turn in talk.Of<ConversationEvents.AgentTurnEnded>().Where(turn => !turn.WasInterrupted))
        {
            var text = string.Join(' ', voice.Texts[turn.Generation]);
            var (from, to) = ((int)turn.FirstPlayedSample!.Value, (int)turn.LastPlayedSample!.Value);
            heard += WordErrors.Between(text, await agent.RecogniseAsync(recording.AsMemory(from, to - from)));
            floor += WordErrors.Between(text, await agent.RecogniseAsync(voice.Spoken[turn.Generation].ToArray()));
        }

        Assert.True(
            heard.Rate <= floor.Rate + 0.05,
            $"The recogniser makes {heard.Rate:P0} errors over {heard.Words} words of the recording, {floor.Rate:P0} on the synthesiser's own output.");
    }
}
