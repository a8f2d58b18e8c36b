using CsmAgent.Cli.Configuration;
using CsmAgent.Conversation.Hosting;
using CsmAgent.Conversation.Options;
using CsmAgent.Conversation.Telemetry;
using CsmAgent.Engines.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Resources;

namespace CsmAgent.Cli.Hosting;

/// <summary>The composition root: settings, engines and, where wanted, the conversation's actors, started as one host.</summary>
internal sealed class AgentHost : IAsyncDisposable
{
    private readonly IHost _host;

    private AgentHost(IHost host) => _host = host;

    /// <summary>Every setting there is; all other keys are refused.</summary>
    public static ConfigurationSchema Schema { get; } = EngineSections.All.Aggregate(
        new ConfigurationSchema().Add(ConversationOptions.Section, typeof(ConversationOptions)),
        (schema, section) => schema.Add(section.Name, section.Options));

    /// <summary>What was composed.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>Reads and validates the settings, then starts.</summary>
    /// <param name="shell">Folders, clock and streams.</param>
    /// <param name="overrides">Settings the command line gives; null values are left out.</param>
    /// <param name="cancellationToken">Stops starting.</param>
    /// <param name="withConversation">Whether the actor system is needed; verbs that speak or encode do without.</param>
    /// <param name="time">The agent's clock; null for the shell's.</param>
    /// <exception cref="CliException">A setting does not exist.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting has an illegal value.</exception>
    public static async Task<AgentHost> StartAsync(
        Shell shell, IEnumerable<KeyValuePair<string, string?>> overrides, CancellationToken cancellationToken, bool withConversation = false,
        TimeProvider? time = null)
    {
        var configuration = ConfigurationLoader.Load(shell, Schema, overrides);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = shell.Root });
        builder.Configuration.AddConfiguration(configuration);
        AddLogging(builder.Logging, shell.Verbose);
        builder.Services.AddSingleton(time ?? shell.Time);
        builder.Services.AddEngines(configuration, shell.Root);
        if (withConversation)
        {
            builder.Services.AddConversation(configuration);
            AddTelemetry(builder.Services);
        }

        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellationToken).ConfigureAwait(false);
            return new AgentHost(host);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Stops the actors, then the engines.</summary>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None).ConfigureAwait(false);
        await ((IAsyncDisposable)_host).DisposeAsync().ConfigureAwait(false);
    }

    // By OpenTelemetry's own variables; without an endpoint nothing is collected and nothing leaves the machine.
    private static void AddTelemetry(IServiceCollection services)
    {
        if (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 })
        {
            services.AddOpenTelemetry()
                .ConfigureResource(resource => resource.AddService("csm-agent"))
                .WithTracing(traces => traces.AddSource(ConversationTelemetry.Name))
                .WithMetrics(metrics => metrics.AddMeter(ConversationTelemetry.Name))
                .UseOtlpExporter();
        }
    }

    // The screen belongs to the conversation: the log goes to standard error, and only when asked for.
    private static void AddLogging(ILoggingBuilder logging, bool verbose)
    {
        logging.SetMinimumLevel(verbose ? LogLevel.Debug : LogLevel.Critical);
        logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
