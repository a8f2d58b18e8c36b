using CsmAgent.Audio;

namespace CsmAgent.Conversation.Protocol;

/// <summary>Everything a conversation tells the outside. Positions are samples at 24 kHz on the device's counter.</summary>
public static class ConversationEvents
{
    /// <summary>The device runs and every engine is open.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When.</param>
    /// <param name="Device">The device's name.</param>
    /// <param name="Recognizer">The recogniser's name.</param>
    /// <param name="Reply">The reply generator's name.</param>
    /// <param name="Voice">The synthesiser's name.</param>
    /// <param name="VoiceIsBootstrap">True when the voice is a stand-in; screens must say so.</param>
    public sealed record Started(
        string ConversationId, long AtSample, string Device, string Recognizer, string Reply, string Voice, bool VoiceIsBootstrap)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>The turn machine moved.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When.</param>
    /// <param name="Turn">The user's turn.</param>
    /// <param name="Generation">The reply under way, or the last one; 0 before the first.</param>
    /// <param name="From">The phase left.</param>
    /// <param name="To">The phase entered.</param>
    /// <param name="Transition">The transition's name in the table of <c>TurnTransitions</c>.</param>
    /// <param name="Why">The reason in words, for example which rule ended the turn; null when the name says it.</param>
    public sealed record PhaseChanged(
        string ConversationId, long AtSample, int Turn, int Generation, TurnPhase From, TurnPhase To, string Transition, string? Why)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>Meters, once per frame (80 ms).</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">The end of the measured frame.</param>
    /// <param name="UserPeak">The microphone's peak, 0 to 1, after echo cancellation.</param>
    /// <param name="AgentPeak">The loudspeaker's peak, 0 to 1.</param>
    /// <param name="UserSpeaks">Whether voice activity says somebody speaks.</param>
    public sealed record Levels(string ConversationId, long AtSample, float UserPeak, float AgentPeak, bool UserSpeaks)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>The user began to speak.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When it was decided.</param>
    /// <param name="Turn">The user's turn.</param>
    /// <param name="FirstVoicedSample">Where speech began, earlier than the decision.</param>
    public sealed record UserSpeechStarted(string ConversationId, long AtSample, int Turn, long FirstVoicedSample)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>The user fell silent; the turn may go on.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When it was decided.</param>
    /// <param name="Turn">The user's turn.</param>
    /// <param name="LastVoicedSample">The last sample at which it could be heard, earlier than the decision.</param>
    public sealed record UserSpeechEnded(string ConversationId, long AtSample, int Turn, long LastVoicedSample)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>What has been recognised of the user's turn so far; may still change.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When.</param>
    /// <param name="Turn">The user's turn.</param>
    /// <param name="Text">The whole turn so far.</param>
    public sealed record PartialTranscript(string ConversationId, long AtSample, int Turn, string Text)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>The user's turn is over and this is its text.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When the end was decided.</param>
    /// <param name="Turn">The user's turn.</param>
    /// <param name="Text">The whole turn, final.</param>
    /// <param name="FirstVoicedSample">Where the turn began.</param>
    /// <param name="LastVoicedSample">The last sample at which it could be heard.</param>
    /// <param name="Why">Which rule ended the turn, in words.</param>
    public sealed record UserTurnEnded(
        string ConversationId, long AtSample, int Turn, string Text, long FirstVoicedSample, long LastVoicedSample, string Why)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>Something was heard but no words were recognised in it; the agent stays silent.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When.</param>
    /// <param name="Turn">The user's turn.</param>
    public sealed record NothingRecognised(string ConversationId, long AtSample, int Turn)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>A piece of the reply as it is written; most of it has not been spoken yet.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When.</param>
    /// <param name="Turn">The user's turn that is answered.</param>
    /// <param name="Generation">The reply.</param>
    /// <param name="Piece">Joins earlier pieces without a separator.</param>
    public sealed record ReplyText(string ConversationId, long AtSample, int Turn, int Generation, string Piece)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>A clause went to the synthesiser.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When.</param>
    /// <param name="Turn">The user's turn that is answered.</param>
    /// <param name="Generation">The reply.</param>
    /// <param name="Clause">The clause's number within the reply, from 0.</param>
    /// <param name="Text">What will be spoken.</param>
    public sealed record ClauseStarted(string ConversationId, long AtSample, int Turn, int Generation, int Clause, string Text)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>At a round table, one of the agents begins a reply; not told where there is one agent.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When.</param>
    /// <param name="Turn">The turn.</param>
    /// <param name="Generation">The reply.</param>
    /// <param name="Agent">The agent's name.</param>
    public sealed record AgentTookFloor(string ConversationId, long AtSample, int Turn, int Generation, string Agent)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>A reply can be heard.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When it was noticed.</param>
    /// <param name="Turn">The user's turn that is answered.</param>
    /// <param name="Generation">The reply.</param>
    /// <param name="FirstPlayedSample">Where on the device's counter it is first audible; silence before that does not count.</param>
    public sealed record AgentSpeechStarted(string ConversationId, long AtSample, int Turn, int Generation, long FirstPlayedSample)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>How far the reply has been heard: the caption to show.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When.</param>
    /// <param name="Turn">The user's turn that is answered.</param>
    /// <param name="Generation">The reply.</param>
    /// <param name="HeardText">What has been heard of the reply.</param>
    /// <param name="HeardFrames">Frames of the reply that were heard in full.</param>
    public sealed record AgentCaption(
        string ConversationId, long AtSample, int Turn, int Generation, string HeardText, int HeardFrames)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>The agent lowered its voice because somebody may be interrupting.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When.</param>
    /// <param name="Turn">The user's turn that is answered.</param>
    /// <param name="Generation">The reply.</param>
    public sealed record AgentDucked(string ConversationId, long AtSample, int Turn, int Generation)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>The agent holds its reply and may still resume it.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When.</param>
    /// <param name="Turn">The user's turn that is answered.</param>
    /// <param name="Generation">The reply.</param>
    public sealed record AgentPaused(string ConversationId, long AtSample, int Turn, int Generation)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>It was a cough or an "mhm": the agent goes on from the same sample.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When.</param>
    /// <param name="Turn">The user's turn that is answered.</param>
    /// <param name="Generation">The reply.</param>
    /// <param name="Why">Why it was not taken for an interruption.</param>
    public sealed record AgentResumed(string ConversationId, long AtSample, int Turn, int Generation, string Why)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>The user goes on with the turn that the reply answers: what it did is undone, it is cut where it was heard, and the turn,
    /// under its number, is told again when it is over.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When it was decided.</param>
    /// <param name="Turn">The user's turn that goes on.</param>
    /// <param name="Generation">The reply.</param>
    public sealed record AnswerTakenBack(string ConversationId, long AtSample, int Turn, int Generation)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>A reply is over: spoken to its end, or cut. The context keeps exactly <paramref name="HeardText"/>.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When.</param>
    /// <param name="Turn">The user's turn that was answered.</param>
    /// <param name="Generation">The reply.</param>
    /// <param name="HeardText">What was heard.</param>
    /// <param name="HeardFrames">Frames that were heard in full.</param>
    /// <param name="GeneratedFrames">Frames that were generated.</param>
    /// <param name="WasInterrupted">True when it was cut.</param>
    /// <param name="FirstPlayedSample">Where on the device's counter it began; null when nothing was heard.</param>
    /// <param name="LastPlayedSample">Where on the device's counter it ended; null when nothing was heard.</param>
    /// <param name="Underruns">Times the loudspeaker ran dry inside the reply.</param>
    public sealed record AgentTurnEnded(
        string ConversationId, long AtSample, int Turn, int Generation, string HeardText, int HeardFrames, int GeneratedFrames,
        bool WasInterrupted, long? FirstPlayedSample, long? LastPlayedSample, int Underruns)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>A reply begun before the user's turn was surely over was kept or thrown away.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When.</param>
    /// <param name="Turn">The user's turn.</param>
    /// <param name="Generation">The reply.</param>
    /// <param name="WasKept">True when it became the reply.</param>
    /// <param name="Frames">Frames generated before the decision; wasted when thrown away.</param>
    public sealed record SpeculationEnded(string ConversationId, long AtSample, int Turn, int Generation, bool WasKept, int Frames)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>Where the time of one turn went. Every part counts samples from the last voiced sample of the user; null means
    /// that it did not happen.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When the last part was known.</param>
    /// <param name="Turn">The user's turn.</param>
    /// <param name="Generation">The reply.</param>
    /// <param name="LastVoicedSample">The user's last voiced sample, by the sound itself and not by voice activity: the zero of all parts.</param>
    /// <param name="EndOfTurn">Until the turn was decided to be over.</param>
    /// <param name="Text">Until its final text was there; may be earlier than the end of turn.</param>
    /// <param name="FirstToken">Until the reply's first text; earlier than the end of turn when it was speculated.</param>
    /// <param name="FirstFrame">Until its first frame was generated.</param>
    /// <param name="FirstSound">Until its first audible sample was handed to the device.</param>
    /// <param name="MouthToEar">Until its first audible sample left the DAC, from the microphone's membrane: both device latencies counted.</param>
    public sealed record TurnLatency(
        string ConversationId, long AtSample, int Turn, int Generation, long LastVoicedSample,
        long? EndOfTurn, long? Text, long? FirstToken, long? FirstFrame, long? FirstSound, long? MouthToEar)
        : ConversationEvent(ConversationId, AtSample)
    {
        /// <summary>Samples as milliseconds.</summary>
        public static double? Milliseconds(long? samples) => samples * 1000.0 / AudioFormat.SampleRateHz;
    }

    /// <summary>Something failed; the conversation goes on where it can. The message is made for people.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When.</param>
    /// <param name="Turn">The turn it belongs to; 0 when to none.</param>
    /// <param name="Stage">Which part failed: <c>capture</c>, <c>encoding</c>, <c>recognition</c>, <c>reply</c>, <c>synthesis</c>,
    /// <c>context</c>, <c>playback</c>, <c>device</c>, <c>recording</c>.</param>
    /// <param name="Message">What failed, and what to do.</param>
    public sealed record Trouble(string ConversationId, long AtSample, int Turn, string Stage, string Message)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>The audio device is gone; it is opened again until it is back.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When.</param>
    /// <param name="Reason">What happened, for people.</param>
    public sealed record DeviceLost(string ConversationId, long AtSample, string Reason)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>An audio device runs again.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When; the counter goes on from where the lost device stopped.</param>
    /// <param name="Device">Its name.</param>
    public sealed record DeviceBack(string ConversationId, long AtSample, string Device)
        : ConversationEvent(ConversationId, AtSample);

    /// <summary>The conversation is over; no event follows.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="AtSample">When.</param>
    /// <param name="Reason">Why, for people.</param>
    public sealed record Ended(string ConversationId, long AtSample, string Reason)
        : ConversationEvent(ConversationId, AtSample);
}
