using Akka.Hosting;
using CsmAgent.Conversation.Options;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CsmAgent.Conversation.Hosting;

/// <summary>Puts the conversation into a host.</summary>
public static class ConversationServices
{
    /// <summary>The actor system's name.</summary>
    public const string SystemName = "csm-agent";

    /// <summary>Adds options (validated when the host starts), the actor system and <see cref="IConversationFactory"/>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">Read from its section <see cref="ConversationOptions.Section"/>.</param>
    public static IServiceCollection AddConversation(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ConversationOptions>()
            .Bind(configuration.GetSection(ConversationOptions.Section), binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<ConversationOptions>, ConversationOptionsValidator>();
        services.AddAkka(SystemName, builder => builder.AddConversation());
        services.AddSingleton<IConversationFactory, ConversationFactory>();
        return services;
    }

    /// <summary>Adds the conversation's dispatchers and stream settings to an actor system.</summary>
    public static AkkaConfigurationBuilder AddConversation(this AkkaConfigurationBuilder builder) =>
        builder.AddHocon(ConversationHocon.Load(), HoconAddMode.Prepend);
}
