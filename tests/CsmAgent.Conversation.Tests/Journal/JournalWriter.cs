using CsmAgent.Conversation.Journal;

namespace CsmAgent.Conversation.Tests.Journal;

/// <summary>The child process that a test kills: writes turns for ever and says which are on disk.</summary>
internal static class JournalWriter
{
    public const string Verb = "write-journal";

    public static void Run(string path)
    {
        using var journal = new ConversationJournal(path);
        for (var i = journal.Turns.Count; ; i++)
        {
            journal.Append(JournalTests.Turn(i));
            Console.WriteLine(i);
        }
    }
}
