using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Configuration;
using CsmAgent.Engines.Voices;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.Engines.Hosting;

/// <summary>Gives any .NET program ears and a voice.</summary>
public static class CsmAgentServices
{
    /// <summary>Adds <see cref="ISpeechSynthesizer"/>, <see cref="ISpeechRecognizer"/>, <see cref="ISpeechCodec"/>,
    /// <see cref="IReplyGenerator"/> and <see cref="VoiceLibrary"/>, all offline unless the configuration says otherwise: the engines
    /// are those of <see cref="EnginesExtensions.AddEngines"/>. Models are loaded at first use; the provider must be disposed
    /// asynchronously, after every session it opened.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="configure">Changes the defaults; null keeps them.</param>
    /// <exception cref="DirectoryNotFoundException">No <c>voices</c> folder lies at or above the program, and no root was given.</exception>
    public static IServiceCollection AddCsmAgent(this IServiceCollection services, Action<CsmAgentOptions>? configure = null)
    {
        var options = new CsmAgentOptions();
        configure?.Invoke(options);
        return services.AddEngines(options.ToConfiguration(), options.FindRoot());
    }
}
