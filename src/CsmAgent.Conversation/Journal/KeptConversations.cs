using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Journal;

/// <summary>What conversations keep on disk (<see cref="ConversationSetup.JournalFolder"/>), for whoever wants to see or delete it
/// while none of them runs.</summary>
public static class KeptConversations
{
    /// <summary>The names of the conversations in a folder, in order; none when it does not exist.</summary>
    public static IReadOnlyList<string> List(string folder) =>
        Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*" + ConversationJournal.Extension).Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal)] : [];

    /// <summary>What was heard, oldest first.</summary>
    /// <exception cref="InvalidDataException">The file is not a journal.</exception>
    /// <exception cref="IOException">The conversation is running, or there is no such journal.</exception>
    public static IReadOnlyList<SpokenTurn> Read(string folder, string name)
    {
        using var journal = Open(folder, name);
        return [.. journal.Turns.Select(turn => turn.ToSpokenTurn())];
    }

    /// <summary>Deletes everything that was kept of a conversation.</summary>
    /// <exception cref="InvalidDataException">The file is not a journal.</exception>
    /// <exception cref="IOException">The conversation is running, or there is no such journal.</exception>
    public static void Forget(string folder, string name)
    {
        using (var journal = Open(folder, name))
        {
            journal.Forget();
        }

        File.Delete(ConversationJournal.PathOf(folder, name));
    }

    private static ConversationJournal Open(string folder, string name)
    {
        var path = ConversationJournal.PathOf(folder, name);
        return File.Exists(path) ? new ConversationJournal(path) : throw new FileNotFoundException($"There is no journal {path}.", path);
    }
}
