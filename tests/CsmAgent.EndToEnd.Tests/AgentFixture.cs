using CsmAgent.Cli;
using CsmAgent.Cli.Hosting;
using CsmAgent.Conversation;
using CsmAgent.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace CsmAgent.EndToEnd.Tests;

/// <summary>The agent as <c>talk</c> composes it, from the repository's own configuration; started once for all tests.</summary>
public sealed class AgentFixture : IAsyncLifetime
{
    private AgentHost? _host;

    /// <summary>The embedded engines.</summary>
    public ConversationEngines Engines => Services.GetRequiredService<ConversationEngines>();

    /// <summary>What was composed.</summary>
    public IServiceProvider Services => _host!.Services;

    /// <summary>A shell that writes nowhere.</summary>
    public static Shell Silent => new()
    {
        Out = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) }),
        Error = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) }),
        Root = Fixtures.Repository,
    };

    public async Task InitializeAsync() =>
        _host = await AgentHost.StartAsync(Silent, [], CancellationToken.None, withConversation: true);

    public async Task DisposeAsync() => await _host!.DisposeAsync();
}
