using Akka.Configuration;

namespace CsmAgent.Conversation.Hosting;

/// <summary>What Akka owns: <c>hocon/conversation.conf</c>, embedded so that it cannot be missing.</summary>
public static class ConversationHocon
{
    /// <summary>The configuration of dispatchers, streams and shutdown.</summary>
    public static Config Load()
    {
        using var stream = typeof(ConversationHocon).Assembly.GetManifestResourceStream("conversation.conf")
            ?? throw new InvalidOperationException("conversation.conf is not embedded in CsmAgent.Conversation.");
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }
}
