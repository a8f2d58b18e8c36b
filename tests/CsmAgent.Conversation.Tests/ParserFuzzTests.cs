using System.Text;
using System.Text.Json;
using CsmAgent.Conversation.Dialogue.Script;
using CsmAgent.Conversation.Dialogue.Takes;
using CsmAgent.Conversation.Journal;
using CsmAgent.Conversation.Options;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Recording;
using CsmAgent.Conversation.Replay;
using CsmAgent.Conversation.Reply;
using CsmAgent.Conversation.Tests.Journal;
using CsmAgent.Conversation.Turns;
using CsmAgent.TestSupport;

namespace CsmAgent.Conversation.Tests;

/// <summary>Every file a conversation reads, damaged ten thousand times.</summary>
[Trait("Category", "Slow")]
public sealed class ParserFuzzTests : IDisposable
{
    private readonly string _folder = Fuzz.Folder();

    [Fact]
    public void Damaged_replay_logs_are_replayed_or_refused()
    {
        var log = string.Join('\n',
            JsonSerializer.Serialize(new TurnPolicySource(new ConversationOptions(), true, 0, 0)),
            Event(new DeviceStarted(0)),
            JsonSerializer.Serialize(new TickRun(50, 240, 240)),
            Event(new VoiceStarted(12_240, 1, 12_000)), Event(new PartialHeard(20_000, 1, "what time")), Event(new VoiceEnded(26_000, 1, 24_000, 23_000)),
            Event(new FinalHeard(27_000, 1, "what time is it")), Event(new AnnouncementDue(27_500, "Your timer is done.")),
            JsonSerializer.Serialize(new TickRun(100, 28_000, 240)),
            JsonSerializer.Serialize(new TurnLogEnd(7, "abc", 0)));

        Run(log, 64 << 20, path => ConversationReplay.Run(path), refusal => refusal is InvalidDataException);
    }

    [Fact]
    public void Damaged_conversation_logs_are_read_or_refused() => Run(
        string.Join('\n',
            ConversationLog.Line(new ConversationEvents.UserTurnEnded("c", 10, 1, "hello", 1, 9, "complete")),
            ConversationLog.Line(new ConversationEvents.PhaseChanged("c", 10, 1, 1, TurnPhase.Listening, TurnPhase.Thinking, "turn-over", "complete")),
            ConversationLog.Line(new ConversationEvents.AgentTurnEnded("c", 99, 1, 1, "Hello.", 3, 4, true, 20, 90, 0)), ""),
        1 << 20, path => ConversationLog.Read(path), refusal => refusal is InvalidDataException);

    [Fact]
    public void Damaged_journals_give_whole_turns_or_are_refused()
    {
        var path = Path.Combine(_folder, "whole.journal");
        using (var journal = new ConversationJournal(path))
        {
            Array.ForEach([0, 1, 2], number => journal.Append(JournalTests.Turn(number)));
        }

        Run(File.ReadAllBytes(path), 1 << 20, damaged =>
        {
            using var journal = new ConversationJournal(damaged);
            Assert.All(journal.Turns, turn => Assert.StartsWith("turn ", turn.Text, StringComparison.Ordinal));
        }, refusal => refusal is InvalidDataException);
    }

    [Fact]
    public void Damaged_takes_are_found_whole_or_not_at_all()
    {
        var frame = new CodeFrame(new[] { 1, 2 });
        var store = new TakeStore(_folder);
        store.Write("take", new Take(7, [new TakeClause(TimeSpan.Zero, "Hello.", "hello", new float[1920], [frame], [5])]));
        var path = Path.Combine(_folder, "take.take");

        Fuzz.Run(File.ReadAllBytes(path), 1 << 20, damaged =>
        {
            File.WriteAllBytes(path, damaged);
            _ = store.Find("take") ?? throw new InvalidDataException("none");
        }, refusal => refusal is InvalidDataException);
    }

    [Theory]
    [InlineData(ScriptFormat.Plain, "# Start\nAnna: [slowly] Hello, Ben.\nBen: Well [pause 500 ms] yes.\n[pause 2s]\n  and more\nAnna: [overlap 0.2s][seed 4] Bye.\n")]
    [InlineData(ScriptFormat.Json, """{"speakers":[{"name":"Ben","id":1,"voice":"deep"},{"name":"Anna","id":0}],"lines":[{"speaker":"Anna","text":"Hello.","chapter":"Start"},{"speaker":"Ben","text":"Oh.","pause":0.5,"level":-3,"seed":7}]}""")]
    public void Damaged_scripts_are_dialogues_or_lists_of_faults(ScriptFormat format, string script) => Fuzz.Run(
        Encoding.UTF8.GetBytes(script), 1 << 20,
        damaged => DialogueParser.Parse(Encoding.UTF8.GetString(damaged), format, "script"), refusal => refusal is DialogueException);

    [Fact]
    public void Damaged_grammars_are_read_or_refused_by_line() => Fuzz.Run(
        "# requests\n@time\n3 * [please] (what | which) time is it\n<place> = (here | in [the] <city>)\n<city> = paris\n@date\nwhat day is it <place>\n"u8.ToArray(),
        1 << 20,
        damaged => PhraseGrammar.Parse(Encoding.UTF8.GetString(damaged)),
        refusal => refusal is FormatException && refusal.Message.StartsWith("Line ", StringComparison.Ordinal));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Event(TurnEvent happened) => JsonSerializer.Serialize(happened);

    private void Run(string source, long mostBytes, Action<string> read, Func<Exception, bool> isRefusal) =>
        Run(Encoding.UTF8.GetBytes(source), mostBytes, read, isRefusal);

    private void Run(byte[] source, long mostBytes, Action<string> read, Func<Exception, bool> isRefusal)
    {
        var path = Path.Combine(_folder, "damaged");
        Fuzz.Run(source, mostBytes, damaged =>
        {
            File.WriteAllBytes(path, damaged);
            read(path);
        }, isRefusal);
    }
}
