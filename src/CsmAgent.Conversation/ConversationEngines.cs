using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation;

/// <summary>The engines of one conversation, behind their ports. Borrowed: a conversation never disposes them.</summary>
/// <param name="Codec">Turns the user's speech into codes for the context.</param>
/// <param name="Recognizer">Turns the user's speech into text.</param>
/// <param name="Reply">Writes what the agent says.</param>
/// <param name="Synthesizer">Speaks it.</param>
public sealed record ConversationEngines(
    ISpeechCodec Codec, ISpeechRecognizer Recognizer, IReplyGenerator Reply, ISpeechSynthesizer Synthesizer);
