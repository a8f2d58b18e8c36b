using Akka.Actor;
using CsmAgent.Conversation.Options;
using Microsoft.Extensions.Options;

namespace CsmAgent.Conversation.Hosting;

/// <summary>Makes conversations in the host's actor system.</summary>
internal sealed class ConversationFactory(ActorSystem system, IOptions<ConversationOptions> options) : IConversationFactory
{
    public IConversation Create(ConversationSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        return new LiveConversation(system, setup, options.Value);
    }
}
