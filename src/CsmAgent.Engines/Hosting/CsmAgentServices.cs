using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Codec;
using CsmAgent.Engines.Inference;
using CsmAgent.Engines.Listening.PocketSphinx;
using CsmAgent.Engines.Speaking.Flite;
using CsmAgent.Engines.Voices;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.Engines.Hosting;

/// <summary>Gives any .NET program ears and a voice.</summary>
public static class CsmAgentServices
{
    /// <summary>Adds <see cref="ISpeechSynthesizer"/>, <see cref="ISpeechRecognizer"/>, <see cref="ISpeechCodec"/> and
    /// <see cref="VoiceLibrary"/>, all offline. Models are loaded at first use; the provider must be disposed asynchronously.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="configure">Changes the defaults; null keeps them.</param>
    public static IServiceCollection AddCsmAgent(this IServiceCollection services, Action<CsmAgentOptions>? configure = null)
    {
        var options = new CsmAgentOptions();
        configure?.Invoke(options);
        services.AddSingleton(options);
        services.AddSingleton(_ => new VoiceLibrary(Path.Combine(options.FindRoot(), "voices")));
        services.AddSingleton(_ => new InferenceOwner("inference"));
        services.AddSingleton<ISpeechCodec>(all => new MimiSpeechCodec(
            options.CodecFolder ?? Path.Combine(options.FindRoot(), "voices", "desk", "mimi"), all.GetRequiredService<InferenceOwner>()));
        services.AddSingleton<ISpeechRecognizer>(_ => new PocketSphinxRecognizer(options.RecognizerFolder ?? PocketSphinxRecognizer.DebianModelFolder));
        services.AddSingleton<ISpeechSynthesizer>(all => new FliteSynthesizer(
            "slt", all.GetRequiredService<ISpeechCodec>(), all.GetRequiredService<VoiceLibrary>(), options.Voice));
        return services;
    }
}
