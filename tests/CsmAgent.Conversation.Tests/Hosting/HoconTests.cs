using Akka.Actor;
using CsmAgent.Conversation.Actors;
using CsmAgent.Conversation.Hosting;
using CsmAgent.TestSupport;

namespace CsmAgent.Conversation.Tests.Hosting;

public sealed class HoconTests
{
    private static readonly string File = Path.Combine(Fixtures.Repository, "hocon", "conversation.conf");

    [Fact]
    public async Task Every_dispatcher_named_in_code_exists_and_runs()
    {
        using var system = ActorSystem.Create("hocon", ConversationHocon.Load());

        foreach (var name in (string[])[
            ConversationActor.MediaDispatcher, ConversationActor.EngineDispatcher,
            system.Settings.Config.GetString("akka.stream.materializer.dispatcher")])
        {
            Assert.True(system.Dispatchers.HasDispatcher(name), $"no dispatcher '{name}' in hocon/conversation.conf");
            var echo = system.ActorOf(Props.Create(() => new Echo()).WithDispatcher(name));
            Assert.Equal("hello", await echo.Ask<string>("hello", TimeSpan.FromSeconds(10)));
        }

        await system.Terminate();
    }

    [Fact]
    public void Streams_hide_one_element_at_most() =>
        Assert.Equal(1, ConversationHocon.Load().GetInt("akka.stream.materializer.max-input-buffer-size"));

    [Fact]
    public void Only_known_sections_stand_in_the_file()
    {
        var keys = ConversationHocon.Load().Root.GetObject().Items.Keys;

        Assert.Equal(["akka", "csm-agent"], keys.Order());
    }

    [Fact]
    public void Every_key_is_explained_by_the_line_above_it()
    {
        var lines = System.IO.File.ReadAllLines(File).Select(line => line.Trim()).ToArray();

        var unexplained = lines.Select((line, i) => (line, above: i == 0 ? "" : lines[i - 1]))
            .Where(pair => pair.line.Contains('=', StringComparison.Ordinal) && !pair.line.StartsWith('#') && !pair.above.StartsWith('#'))
            .Select(pair => pair.line);

        Assert.Empty(unexplained);
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message);
    }
}
