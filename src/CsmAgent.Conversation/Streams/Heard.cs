using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Streams;

/// <summary>What was made of one block.</summary>
/// <param name="Block">The block.</param>
/// <param name="Speaks">Whether somebody speaks.</param>
/// <param name="Peak">The microphone's peak after echo cancellation.</param>
/// <param name="Parts">Speech for recogniser and codec; often none.</param>
/// <param name="Sound">How the voice sounds so far, when the ear says so.</param>
internal sealed record Heard(CapturedBlock Block, bool Speaks, float Peak, IReadOnlyList<UtterancePart> Parts, VoiceSound? Sound = null);
