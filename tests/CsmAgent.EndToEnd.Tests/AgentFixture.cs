using CsmAgent.Cli;
using CsmAgent.Cli.Hosting;
using CsmAgent.Conversation;
using CsmAgent.Conversation.Ports;
using CsmAgent.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace CsmAgent.EndToEnd.Tests;

/// <summary>The agent as <c>talk</c> composes it, from the repository's own configuration but for the bootstrap voice; started once for all tests.</summary>
/// <remarks>These tests are about what is heard and when. Their recognised words hang on where in a frame a turn begins, so on the length of what is
/// said before it, which must not change with the desk voice's weights. That voice has <see cref="FreshCloneTests"/>.</remarks>
public sealed class AgentFixture : IAsyncLifetime
{
    private AgentHost? _host;
    private IRecognitionSession? _ears;

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

    /// <summary>What the embedded recogniser hears in 24 kHz samples.</summary>
    public async Task<string> RecogniseAsync(ReadOnlyMemory<float> samples)
    {
        var session = _ears ??= await Engines.Recognizer.OpenAsync(CancellationToken.None);
        await session.StartAsync(CancellationToken.None);
        for (var at = 0; at < samples.Length; at += 1920)
        {
            await session.AcceptAsync(samples.Slice(at, Math.Min(1920, samples.Length - at)), CancellationToken.None);
        }

        return (await session.FinishAsync(CancellationToken.None)).Text;
    }

    public async Task InitializeAsync() =>
        _host = await AgentHost.StartAsync(Silent, [new("Synthesizer:Engine", "flite")], CancellationToken.None, withConversation: true);

    public async Task DisposeAsync()
    {
        if (_ears is not null)
        {
            await _ears.DisposeAsync();
        }

        await _host!.DisposeAsync();
    }
}
