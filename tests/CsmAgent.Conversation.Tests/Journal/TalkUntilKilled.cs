using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Journal;

/// <summary>The child process that a test kills: holds a conversation with a journal for ever, and says what was heard once the agent
/// has told so.</summary>
internal static class TalkUntilKilled
{
    public const string Verb = "talk-until-killed";
    private const int Turns = 5000;

    public static async Task RunAsync(string folder)
    {
        await using var desk = new Desk { JournalFolder = folder };
        for (var i = 0; i < Turns; i++)
        {
            _ = i % 4 == 3 ? desk.Interrupts("stop this is wrong", seconds: 1.2, after: 0.5) : desk.User($"question {i}");
        }

        var asked = 0;
        desk.Engines.Answer = (request, _) =>
        {
            if (asked++ == 0)
            {
                Say($"history {string.Join('|', request.History.Select(turn => turn.Text))}");
            }

            return FakeEngines.Say($"You said {request.UserText}, and that is all.");
        };
        var conversation = desk.Create();
        var events = conversation.Subscribe(100_000);
        await conversation.StartAsync();
        await foreach (var e in events)
        {
            if (e is ConversationEvents.AgentTurnEnded { HeardText.Length: > 0 } ended)
            {
                Say($"heard {ended.HeardText}");
            }
        }
    }

    private static void Say(string line)
    {
        lock (Console.Out)
        {
            Console.WriteLine(line);
            Console.Out.Flush();
        }
    }
}
