using System.Runtime.CompilerServices;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.RoundTable;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>One of several offline assistants at a round table: it does what the desk assistant does, knows its own name and the
/// others', asks another when nobody speaks, and answers when another asks it.</summary>
/// <param name="name">Its name.</param>
/// <param name="others">The other agents' names.</param>
/// <param name="memories">The memories of all conversations: agents of one table share theirs.</param>
public sealed class DeskPersona(string name, IReadOnlyList<string> others, DeskMemories memories) : IReplyGenerator
{
    private static readonly string[] Openings = ["{0}, tell me a joke.", "{0}, do you know a story?", "{0}, what day is it today?"];
    private static readonly string[] Opinions = ["I liked it.", "That was a good one.", "I had not heard that before."];

    private readonly DeskAssistant _assistant = new(memories);
    private readonly string[] _everybody = [name, .. others];

    /// <inheritdoc/>
    public string Name => _assistant.Name;

    /// <inheritdoc/>
    public bool CanSpeculate => _assistant.CanSpeculate;

    /// <inheritdoc/>
    public void TakeBack(string conversationId) => _assistant.TakeBack(conversationId);

    /// <inheritdoc/>
    public void Forget(string conversationId) => _assistant.Forget(conversationId);

    /// <inheritdoc/>
    public IReadOnlyList<string> TakeAnnouncements(string conversationId) => _assistant.TakeAnnouncements(conversationId);

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ReplyAsync(ReplyRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var asked = Address.Of(request.UserText, _everybody).Others;
        var intent = IntentRecognizer.Recognize(asked);
        if (Own(request, asked, intent) is { } own)
        {
            await request.Authorised.WaitAsync(cancellationToken);
            memories.Find(request.ConversationId)?.BeginReply();
            yield return own;
            yield break;
        }

        // What was only an address ("Anna?") is answered as a greeting is.
        var rest = request with { UserText = asked.Length > 0 ? asked : "hello" };
        await foreach (var piece in _assistant.ReplyAsync(rest, cancellationToken))
        {
            yield return piece;
        }

        if (request.From is { } other && intent is DeskIntent.Joke or DeskIntent.Story)
        {
            yield return $" What do you say, {other}?";
        }
    }

    // What a persona says itself; null leaves it to the assistant.
    private string? Own(ReplyRequest request, string asked, DeskIntent intent)
    {
        var memory = memories.Find(request.ConversationId) ?? Remember(request);
        if (request.UserText.Length == 0)
        {
            return string.Format(System.Globalization.CultureInfo.InvariantCulture, memory.Next("opening", Openings), memory.Next("other " + name, others));
        }

        if (request.From is not null && asked.EndsWith("what do you say", StringComparison.Ordinal))
        {
            return memory.Next("opinion", Opinions);
        }

        return intent switch
        {
            DeskIntent.Identity => $"I am {name}. {string.Join(" and ", others)} and I share this desk.",
            // Both were greeted, and the other has answered.
            DeskIntent.Greeting when request is { From: null, History: [.., { Speaker: TurnSpeaker.Agent }] } && SaidToAll(request) => "Hello from me too.",
            DeskIntent.Farewell when request is { From: null, History: [.., { Speaker: TurnSpeaker.Agent }] } && SaidToAll(request) => "And goodbye from me.",
            _ => null,
        };
    }

    // What the user told before the process ended was told to somebody by name.
    private DeskMemory Remember(ReplyRequest request) => _assistant.Remember(
        request with { History = [.. request.History.Select(turn => turn with { Text = Address.Of(turn.Text, _everybody).Others })] });

    private bool SaidToAll(ReplyRequest request) =>
        Address.Of(request.UserText, _everybody).Agents.Count == _everybody.Length
        && request.History.LastOrDefault(turn => turn.Speaker == TurnSpeaker.User)?.Text == request.UserText;
}
