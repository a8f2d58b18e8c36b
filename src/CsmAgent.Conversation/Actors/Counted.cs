using Akka.Actor;

namespace CsmAgent.Conversation.Actors;

/// <summary>A message that counts as pending work until it has been handled.</summary>
internal sealed record Counted(object Message) : INoSerializationVerificationNeeded;
