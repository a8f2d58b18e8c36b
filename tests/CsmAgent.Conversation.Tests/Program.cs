using CsmAgent.Conversation.Tests.Journal;

namespace CsmAgent.Conversation.Tests;

/// <summary>Run by tests that need a process of their own to kill.</summary>
internal static class Program
{
    public static async Task Main(string[] arguments)
    {
        if (arguments is [TalkUntilKilled.Verb, var folder])
        {
            await TalkUntilKilled.RunAsync(folder);
        }
    }
}
