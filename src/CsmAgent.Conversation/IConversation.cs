using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Protocol;

namespace CsmAgent.Conversation;

/// <summary>One spoken conversation. Subscribe, start, listen to its events, stop. Disposing stops it.</summary>
/// <remarks>Every member may be called from any thread. Cancelling <see cref="StartAsync"/> gives up the start and leaves
/// nothing open; cancelling any other call ends the waiting, not the conversation.</remarks>
public interface IConversation : IAsyncDisposable
{
    /// <summary>Names the conversation.</summary>
    string Id { get; }

    /// <summary>Opens an own bounded stream of events. A reader that falls more than <paramref name="capacity"/> events behind
    /// loses the oldest: it can never hold the conversation up. Ends after <see cref="ConversationEvents.Ended"/>.</summary>
    /// <param name="capacity">Events held for a slow reader, 1 or more.</param>
    IAsyncEnumerable<ConversationEvent> Subscribe(int capacity = 4096);

    /// <summary>Opens engines and device and begins to listen. May be called once.</summary>
    /// <exception cref="Audio.Devices.AudioDeviceException">No device could be opened.</exception>
    /// <exception cref="EngineException">An engine could not be opened.</exception>
    Task StartAsync(CancellationToken cancellationToken = default);

    /// <summary>Sends a command; unknown conversations are refused.</summary>
    void Send(ConversationCommand command);

    /// <summary>The turns as they were heard so far.</summary>
    Task<IReadOnlyList<SpokenTurn>> GetTranscriptAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends when the conversation ends: stopped, or its recorded input is exhausted and the last reply was spoken.</summary>
    Task Completion { get; }

    /// <summary>Stops; further calls wait for the same end. Silences the agent, closes the device, then the engines' sessions; returns when files are complete.</summary>
    Task StopAsync(CancellationToken cancellationToken = default);
}
