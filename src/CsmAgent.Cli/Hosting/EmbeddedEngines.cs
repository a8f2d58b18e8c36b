using CsmAgent.Conversation;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Reply.Desk;
using CsmAgent.Engines.Codec;
using CsmAgent.Engines.Inference;
using CsmAgent.Engines.Listening.PocketSphinx;
using CsmAgent.Engines.Speaking.Flite;
using CsmAgent.Engines.Voices;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.Cli.Hosting;

/// <summary>The engines that need no download: PocketSphinx, the desk assistant, the small Mimi, the bootstrap voice.</summary>
internal static class EmbeddedEngines
{
    /// <summary>Adds them behind the conversation's ports; nothing is loaded before it is used.</summary>
    /// <param name="services">Where to add.</param>
    /// <param name="root">Holds <c>voices/</c>.</param>
    public static IServiceCollection AddEmbeddedEngines(this IServiceCollection services, string root)
    {
        services.AddSingleton(_ => new InferenceOwner("cpu"));
        services.AddSingleton(new VoiceLibrary(Path.Combine(root, "voices")));
        services.AddSingleton<DeskMemories>();
        services.AddSingleton<ISpeechCodec>(all => new MimiSpeechCodec(Path.Combine(root, "voices", "desk", "mimi"), all.GetRequiredService<InferenceOwner>()));
        services.AddSingleton<ISpeechRecognizer>(_ => new PocketSphinxRecognizer(PocketSphinxRecognizer.DebianModelFolder));
        services.AddSingleton<ISpeechSynthesizer>(all => new FliteSynthesizer("slt", all.GetRequiredService<ISpeechCodec>(), all.GetRequiredService<VoiceLibrary>()));
        services.AddSingleton<IReplyGenerator>(all => new DeskAssistant(all.GetRequiredService<DeskMemories>()));
        services.AddSingleton(all => new ConversationEngines(
            all.GetRequiredService<ISpeechCodec>(),
            all.GetRequiredService<ISpeechRecognizer>(),
            all.GetRequiredService<IReplyGenerator>(),
            all.GetRequiredService<ISpeechSynthesizer>()));
        return services;
    }
}
