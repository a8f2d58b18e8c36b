using CsmAgent.Conversation;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Reply.Desk;
using CsmAgent.Engines.Codec;
using CsmAgent.Engines.Inference;
using CsmAgent.Engines.Listening.PocketSphinx;
using CsmAgent.Engines.Listening.Transcription;
using CsmAgent.Engines.Replying;
using CsmAgent.Engines.Speaking.Csm;
using CsmAgent.Engines.Speaking.Flite;
using CsmAgent.Engines.Voices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CsmAgent.Engines.Configuration;

/// <summary>Puts the configured engines behind the conversation's ports.</summary>
public static class EnginesExtensions
{
    private const string DefaultCsmVoice = "neutral";

    /// <summary>Adds the engines, their options (checked at start) and <see cref="ConversationEngines"/>; nothing is loaded before it is used.</summary>
    /// <param name="services">Where to add.</param>
    /// <param name="configuration">The settings; see <see cref="EngineSections"/>.</param>
    /// <param name="root">The installation's folder: relative paths of the settings begin there.</param>
    public static IServiceCollection AddEngines(this IServiceCollection services, IConfiguration configuration, string root)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddSection<InferenceOptions>(configuration, InferenceOptions.Section);
        services.AddSection<RecognizerOptions>(configuration, RecognizerOptions.Section, options => EndpointRule(options.Engine, options.Endpoint));
        services.AddSection<SynthesizerOptions>(configuration, SynthesizerOptions.Section);
        // Without a prompt a CSM speaks with any voice it has learnt.
        services.PostConfigure<SynthesizerOptions>(options => options.Voice ??= options.Engine == "csm" ? DefaultCsmVoice : null);
        services.AddSection<CodecOptions>(configuration, CodecOptions.Section);
        services.AddSection<ReplyOptions>(configuration, ReplyOptions.Section, options => EndpointRule(options.Engine, options.Endpoint).Concat(
            options.Engine == "openai" && string.IsNullOrWhiteSpace(options.Model) ? [(nameof(options.Model), "is nothing; expected the chat model's name")] : []));

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(all => ComputeDevice.Find(Options<InferenceOptions>(all).Device));
        services.AddSingleton(all => new InferenceOwner(all.GetRequiredService<ComputeDevice>().Name));
        services.AddSingleton(new VoiceLibrary(Path.Combine(root, "voices")));
        services.AddSingleton<DeskMemories>();
        services.AddSingleton(all => new MimiSpeechCodec(Path.Combine(root, Options<CodecOptions>(all).Folder), all.GetRequiredService<InferenceOwner>(), all.GetRequiredService<ComputeDevice>()));
        services.AddSingleton<ISpeechCodec>(all => all.GetRequiredService<MimiSpeechCodec>());
        services.AddSingleton(Recognizer);
        services.AddSingleton(all => Synthesizer(all, root));
        services.AddSingleton(all => new ReplyGenerators(Options<ReplyOptions>(all), Key(Options<ReplyOptions>(all).ApiKeyVariable), all.GetRequiredService<DeskMemories>()));
        services.AddSingleton(all => all.GetRequiredService<ReplyGenerators>().Alone());
        services.AddSingleton(all => new ConversationEngines(
            all.GetRequiredService<ISpeechCodec>(), all.GetRequiredService<ISpeechRecognizer>(),
            all.GetRequiredService<IReplyGenerator>(), all.GetRequiredService<ISpeechSynthesizer>()));
        return services;
    }

    private static ISpeechRecognizer Recognizer(IServiceProvider all)
    {
        var options = Options<RecognizerOptions>(all);
        return options.Engine == "openai"
            ? new TranscriptionRecognizer(options.Endpoint!, options.Model, Key(options.ApiKeyVariable), TimeSpan.FromSeconds(options.TimeoutSeconds))
            : new PocketSphinxRecognizer(options.ModelFolder, options.DeskWeight, options.Names);
    }

    private static ISpeechSynthesizer Synthesizer(IServiceProvider all, string root)
    {
        var options = Options<SynthesizerOptions>(all);
        var voices = all.GetRequiredService<VoiceLibrary>();
        return options.Engine == "csm"
            ? new CsmSynthesizer(
                options, Path.Combine(root, options.ModelFolder), all.GetRequiredService<MimiSpeechCodec>(), voices, all.GetRequiredService<InferenceOwner>(),
                Notices(all), all.GetRequiredService<ComputeDevice>())
            : new FliteSynthesizer(options.FliteVoice, all.GetRequiredService<ISpeechCodec>(), voices, options.Voice);
    }

    // Packing a large model takes a minute, once: whoever waits for it reads why in the log.
    private static Action<string> Notices(IServiceProvider all)
    {
        var log = all.GetService<ILoggerFactory>()?.CreateLogger(typeof(CsmSynthesizer).FullName!);
        return notice => log?.Log(LogLevel.Warning, "{Notice}", notice);
    }

    private static IEnumerable<(string, string)> EndpointRule(string engine, Uri? endpoint) =>
        engine != "openai" || (endpoint is { IsAbsoluteUri: true } && endpoint.Scheme is "http" or "https")
            ? []
            : [("Endpoint", $"is {(endpoint is null ? "nothing" : $"'{endpoint}'")}; expected an http or https address such as http://localhost:8080/v1")];

    private static string? Key(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } key ? key : null;

    private static T Options<T>(IServiceProvider all)
        where T : class => all.GetRequiredService<IOptions<T>>().Value;

    private static void AddSection<T>(
        this IServiceCollection services, IConfiguration configuration, string name, Func<T, IEnumerable<(string Property, string Fault)>>? more = null)
        where T : class
    {
        services.AddOptions<T>().Bind(configuration.GetSection(name)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<T>>(new OptionsFaults<T>(name, more));
    }
}
