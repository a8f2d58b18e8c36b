using System.Net;
using System.Text;
using System.Text.Json;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Reply.Chat;
using CsmAgent.Conversation.Reply.Desk;
using CsmAgent.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace CsmAgent.Conversation.Tests.Reply;

public sealed class ChatReplyGeneratorTests
{
    private readonly DeskMemories _memories = new(new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 15, 5, 0, TimeSpan.Zero)));

    [Fact]
    public async Task Text_streams_as_the_endpoint_sends_it()
    {
        using var server = new FakeHttpServer((_, response) => StreamAsync(response, Text("It is "), Text("sunny"), Text(".")));

        var pieces = await ReplyAsync(server.Address, "how is the weather", [new SpokenTurn(TurnSpeaker.User, "hello"), new SpokenTurn(TurnSpeaker.Agent, "Hi, I am", WasInterrupted: true)]);

        Assert.Equal(["It is ", "sunny", "."], pieces);
        var (path, authorization, body) = Assert.Single(server.Requests);
        Assert.Equal("/v1/chat/completions", path);
        Assert.Equal("Bearer secret", authorization);
        var messages = JsonDocument.Parse(body).RootElement.GetProperty("messages");
        Assert.Equal(["system", "user", "assistant", "user"], messages.EnumerateArray().Select(message => message.GetProperty("role").GetString()));
        Assert.Equal("Hi, I am --", messages[2].GetProperty("content").GetString());
    }

    [Fact]
    public async Task A_tool_call_runs_the_desks_function_and_its_result_goes_back()
    {
        using var server = new FakeHttpServer((body, response) => body.Contains("Timer set for 5 minutes.", StringComparison.Ordinal)
            ? StreamAsync(response, Text("Done, five minutes."))
            : StreamAsync(response, ToolCall("timers-set_timer", """{"seconds":300}"""), Finish("tool_calls")));

        var pieces = await ReplyAsync(server.Address, "set a timer for five minutes", []);

        Assert.Equal("Done, five minutes.", string.Concat(pieces));
        Assert.Equal(TimeSpan.FromMinutes(5), Assert.Single(_memories.Of("c").Timers).Length);
        Assert.Contains("get_time", server.Requests.First().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_call_waits_until_the_turn_is_over()
    {
        using var server = new FakeHttpServer((body, response) => body.Contains("Timer set", StringComparison.Ordinal)
            ? StreamAsync(response, Text("Done."))
            : StreamAsync(response, ToolCall("timers-set_timer", """{"seconds":300}"""), Finish("tool_calls")));
        var over = new TaskCompletionSource();

        var reply = Task.Run(() => ReplyAsync(server.Address, "set a timer", [], authorised: over.Task));
        Assert.True(SpinWait.SpinUntil(() => !server.Requests.IsEmpty, TimeSpan.FromSeconds(30)));
        Assert.Empty(_memories.Of("c").Timers);
        over.SetResult();

        Assert.Equal("Done.", string.Concat(await reply));
        Assert.Single(_memories.Of("c").Timers);
    }

    [Theory]
    [InlineData(401, "refuses the key")]
    [InlineData(404, "knows no model 'tiny'")]
    [InlineData(429, "too often")]
    [InlineData(500, "(500)")]
    public async Task An_error_of_the_endpoint_says_what_to_do(int status, string message)
    {
        using var server = new FakeHttpServer((_, response) => FakeHttpServer.WriteAsync(response, """{"error":{"message":"no"}}""", status: status));

        var fault = await Assert.ThrowsAsync<EngineException>(() => ReplyAsync(server.Address, "hello", []));

        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task An_endpoint_that_is_down_is_named()
    {
        var nobody = FakeHttpServer.Nobody;

        var fault = await Assert.ThrowsAsync<EngineException>(() => ReplyAsync(nobody, "hello", []));

        Assert.Contains(nobody.ToString(), fault.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_that_falls_silent_is_given_up()
    {
        using var done = new SemaphoreSlim(0);
        using var server = new FakeHttpServer(async (_, response) =>
        {
            response.ContentType = "text/event-stream";
            await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(Text("Well, ")));
            await response.OutputStream.FlushAsync();
            await done.WaitAsync();
        });
        List<string> pieces = [];

        var fault = await Assert.ThrowsAsync<EngineException>(() => ReplyAsync(server.Address, "hello", [], into: pieces, timeout: TimeSpan.FromSeconds(1)));
        done.Release();

        Assert.Equal(["Well, "], pieces);
        Assert.Contains("sent nothing for 1 seconds", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_is_no_fault()
    {
        using var done = new SemaphoreSlim(0);
        using var server = new FakeHttpServer((_, _) => done.WaitAsync());
        using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ReplyAsync(server.Address, "hello", [], cancellation: cancelled.Token));
        done.Release();
    }

    [Fact]
    public async Task At_a_round_table_each_agent_has_its_own_prompt_and_the_others_words_come_with_their_names()
    {
        using var server = new FakeHttpServer((_, response) => StreamAsync(response, Text("I do.")));
        var settings = new ChatSettings(server.Address, "tiny", "secret") { Instructions = SpokenStyle.Persona("Ben", ["Anna"], "You are dry.") };
        SpokenTurn[] history =
        [
            new(TurnSpeaker.User, "hello both of you"), new(TurnSpeaker.Agent, "Hello.", Agent: "Ben"), new(TurnSpeaker.Agent, "Hi, I am", WasInterrupted: true, Agent: "Anna"),
        ];
        var request = new ReplyRequest("c", "Do you like tea, Ben?", history) { Agent = "Ben", From = "Anna" };

        await foreach (var piece in new ChatReplyGenerator(settings, _memories).ReplyAsync(request, CancellationToken.None))
        {
            Assert.Equal("I do.", piece);
        }

        var messages = JsonDocument.Parse(Assert.Single(server.Requests).Body).RootElement.GetProperty("messages").EnumerateArray()
            .Select(message => (message.GetProperty("role").GetString(), message.GetProperty("content").GetString())).ToArray();
        Assert.Equal(("system", true), (messages[0].Item1, messages[0].Item2!.Contains("You are Ben.", StringComparison.Ordinal) && messages[0].Item2!.EndsWith("You are dry.", StringComparison.Ordinal)));
        Assert.Equal(
            [("user", "hello both of you"), ("assistant", "Hello."), ("user", "Anna: Hi, I am --"), ("user", "Anna: Do you like tea, Ben?")], messages[1..]);
    }

    private async Task<List<string>> ReplyAsync(
        Uri endpoint, string said, IReadOnlyList<SpokenTurn> history, Task? authorised = null, List<string>? into = null, TimeSpan? timeout = null,
        CancellationToken cancellation = default)
    {
        var generator = new ChatReplyGenerator(new ChatSettings(endpoint, "tiny", "secret") { Timeout = timeout ?? TimeSpan.FromSeconds(60) }, _memories);
        var pieces = into ?? [];
        await foreach (var piece in generator.ReplyAsync(new ReplyRequest("c", said, history) { Authorised = authorised ?? Task.CompletedTask }, cancellation))
        {
            pieces.Add(piece);
        }

        return pieces;
    }

    private static string Text(string text) => Chunk($$"""{"role":"assistant","content":{{JsonSerializer.Serialize(text)}}}""", "null");

    private static string ToolCall(string name, string arguments) => Chunk(
        $$$"""{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"{{{name}}}","arguments":{{{JsonSerializer.Serialize(arguments)}}}}}]}""", "null");

    private static string Finish(string reason) => Chunk("{}", $"\"{reason}\"");

    private static string Chunk(string delta, string reason) =>
        $$"""data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"tiny","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{reason}}}]}""" + "\n\n";

    private static Task StreamAsync(HttpListenerResponse response, params string[] chunks) =>
        FakeHttpServer.WriteAsync(response, string.Concat(chunks) + "data: [DONE]\n\n", "text/event-stream");
}
