using CsmAgent.Conversation.Protocol;

namespace CsmAgent.Conversation.Reporting;

/// <summary>Which turn and which reply an event belongs to; null for none.</summary>
internal readonly record struct EventPlace(int? Turn, int? Generation)
{
    public static EventPlace Of(ConversationEvent e) => e switch
    {
        ConversationEvents.PhaseChanged x => new(x.Turn, x.Generation),
        ConversationEvents.UserSpeechStarted x => new(x.Turn, null),
        ConversationEvents.UserSpeechEnded x => new(x.Turn, null),
        ConversationEvents.PartialTranscript x => new(x.Turn, null),
        ConversationEvents.UserTurnEnded x => new(x.Turn, null),
        ConversationEvents.NothingRecognised x => new(x.Turn, null),
        ConversationEvents.ReplyText x => new(x.Turn, x.Generation),
        ConversationEvents.ClauseStarted x => new(x.Turn, x.Generation),
        ConversationEvents.AgentSpeechStarted x => new(x.Turn, x.Generation),
        ConversationEvents.AgentCaption x => new(x.Turn, x.Generation),
        ConversationEvents.AgentDucked x => new(x.Turn, x.Generation),
        ConversationEvents.AgentPaused x => new(x.Turn, x.Generation),
        ConversationEvents.AgentResumed x => new(x.Turn, x.Generation),
        ConversationEvents.AnswerTakenBack x => new(x.Turn, x.Generation),
        ConversationEvents.AgentTurnEnded x => new(x.Turn, x.Generation),
        ConversationEvents.SpeculationEnded x => new(x.Turn, x.Generation),
        ConversationEvents.TurnLatency x => new(x.Turn, x.Generation),
        ConversationEvents.Trouble x => new(x.Turn == 0 ? null : x.Turn, null),
        _ => default,
    };
}
