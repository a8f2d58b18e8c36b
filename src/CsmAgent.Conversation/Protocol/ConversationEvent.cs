using System.Text.Json.Serialization;

namespace CsmAgent.Conversation.Protocol;

/// <summary>Something that happened in a conversation: what screens, recorders and reports are made from.</summary>
/// <remarks>
/// Times are positions on the device's sample counter (24 kHz, from the device's first block), never wall time.
/// <c>Turn</c> counts the user's turns from 1; 0 is before the first. <c>Generation</c> counts attempts at a reply from 1
/// over the whole conversation and is never used twice: follow one reply through the log by it.
/// </remarks>
/// <param name="ConversationId">Names the conversation.</param>
/// <param name="AtSample">When it happened, in samples on the device's counter.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(ConversationEvents.Started), "started")]
[JsonDerivedType(typeof(ConversationEvents.PhaseChanged), "phase")]
[JsonDerivedType(typeof(ConversationEvents.Levels), "levels")]
[JsonDerivedType(typeof(ConversationEvents.UserSpeechStarted), "user-speech-started")]
[JsonDerivedType(typeof(ConversationEvents.UserSpeechEnded), "user-speech-ended")]
[JsonDerivedType(typeof(ConversationEvents.PartialTranscript), "partial-transcript")]
[JsonDerivedType(typeof(ConversationEvents.UserTurnEnded), "user-turn-ended")]
[JsonDerivedType(typeof(ConversationEvents.NothingRecognised), "nothing-recognised")]
[JsonDerivedType(typeof(ConversationEvents.ReplyText), "reply-text")]
[JsonDerivedType(typeof(ConversationEvents.ClauseStarted), "clause-started")]
[JsonDerivedType(typeof(ConversationEvents.AgentTookFloor), "agent-took-floor")]
[JsonDerivedType(typeof(ConversationEvents.AgentSpeechStarted), "agent-speech-started")]
[JsonDerivedType(typeof(ConversationEvents.AgentCaption), "agent-caption")]
[JsonDerivedType(typeof(ConversationEvents.AgentDucked), "agent-ducked")]
[JsonDerivedType(typeof(ConversationEvents.AgentPaused), "agent-paused")]
[JsonDerivedType(typeof(ConversationEvents.AgentResumed), "agent-resumed")]
[JsonDerivedType(typeof(ConversationEvents.AnswerTakenBack), "answer-taken-back")]
[JsonDerivedType(typeof(ConversationEvents.AgentTurnEnded), "agent-turn-ended")]
[JsonDerivedType(typeof(ConversationEvents.SpeculationEnded), "speculation-ended")]
[JsonDerivedType(typeof(ConversationEvents.TurnLatency), "turn-latency")]
[JsonDerivedType(typeof(ConversationEvents.Trouble), "trouble")]
[JsonDerivedType(typeof(ConversationEvents.DeviceLost), "device-lost")]
[JsonDerivedType(typeof(ConversationEvents.DeviceBack), "device-back")]
[JsonDerivedType(typeof(ConversationEvents.Ended), "ended")]
public abstract record ConversationEvent(string ConversationId, long AtSample);
