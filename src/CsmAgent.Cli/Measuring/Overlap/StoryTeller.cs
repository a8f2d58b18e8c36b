using System.Runtime.CompilerServices;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Cli.Measuring.Overlap;

/// <summary>Tells one long story, then answers everything shortly.</summary>
internal sealed class StoryTeller : IReplyGenerator
{
    private const string Story =
        "An old man kept a lighthouse that no ship needed any more. Still he lit it, every evening. "
        + "One night a storm took all the power from the town, and every boat in the bay was blind. "
        + "Then they saw it, one warm light, turning, and all of them came home. "
        + "In the morning nobody said a word about closing the lighthouse again.";

    public string Name => "one story";

    public bool CanSpeculate => true;

    public async IAsyncEnumerable<string> ReplyAsync(ReplyRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return request.History.Any(turn => turn.Speaker == TurnSpeaker.Agent) ? "All right." : Story;
    }
}
