using CsmAgent.Conversation.Protocol;
using static CsmAgent.Conversation.Protocol.ConversationEvents;

namespace CsmAgent.Cli.Tests.Screens;

/// <summary>A short conversation as events: a question, an answer that is interrupted.</summary>
internal static class Scene
{
    private const string Id = "test";

    public static IReadOnlyList<ConversationEvent> QuestionAndInterruptedAnswer { get; } =
    [
        new Started(Id, 0, "recorded turns", "PocketSphinx", "desk assistant (offline)", "bootstrap voice (flite slt)", true),
        new PhaseChanged(Id, 24_000, 1, 0, TurnPhase.Listening, TurnPhase.UserSpeaking, "user-starts", null),
        new Levels(Id, 25_920, 0.5f, 0f, true),
        new PartialTranscript(Id, 36_000, 1, "tell me a"),
        new PartialTranscript(Id, 48_000, 1, "tell me a [short] story"),
        new UserTurnEnded(Id, 60_000, 1, "tell me a short story", 24_000, 50_000, "complete clause"),
        new ReplyText(Id, 60_100, 1, 1, "Once upon a time "),
        new ReplyText(Id, 60_200, 1, 1, "there was a lamp."),
        new TurnLatency(Id, 62_000, 1, 1, 50_000, 8_400, 8_880, 9_000, 10_320, 10_800, 12_000),
        new AgentSpeechStarted(Id, 62_000, 1, 1, 61_000),
        new PhaseChanged(Id, 62_000, 1, 1, TurnPhase.Thinking, TurnPhase.Speaking, "first-sound", null),
        new Levels(Id, 70_000, 0.001f, 0.25f, false),
        new AgentCaption(Id, 72_000, 1, 1, "Once upon", 5),
        new AgentTurnEnded(Id, 74_000, 1, 1, "Once upon a", 6, 9, true, 61_000, 73_000, 0),
        new Trouble(Id, 75_000, 1, "recording", "The disk is full."),
        new Ended(Id, 80_000, "stopped"),
    ];

    public static async IAsyncEnumerable<ConversationEvent> Stream(int count = int.MaxValue)
    {
        foreach (var happened in QuestionAndInterruptedAnswer.Take(count))
        {
            await Task.Yield();
            yield return happened;
        }
    }
}
