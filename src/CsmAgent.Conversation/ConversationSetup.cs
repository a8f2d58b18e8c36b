using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.RoundTable;

namespace CsmAgent.Conversation;

/// <summary>What one conversation is made of.</summary>
/// <param name="OpenDevice">Opens the audio device; called again after the device was lost. The conversation disposes what it opened.
/// Throws <see cref="AudioDeviceException"/> when there is none.</param>
/// <param name="Engines">The engines.</param>
public sealed record ConversationSetup(Func<IAudioDevice> OpenDevice, ConversationEngines Engines)
{
    /// <summary>The agents of a round table, two or three; they share one context and one floor, and each writes its own replies. Empty for
    /// one agent, whose replies <see cref="Engines"/> writes.</summary>
    public IReadOnlyList<TableAgent> Agents { get; init; } = [];

    /// <summary>Names the conversation, its journal and its log lines; letters, digits, dots, dashes and underscores, at most 64.</summary>
    public string ConversationId { get; init; } = "conversation";

    /// <summary>The folder that takes <c>conversation.jsonl</c> and <c>conversation.wav</c>; null records nothing.</summary>
    public string? OutputFolder { get; init; }

    /// <summary>Makes the ear for a device; null takes echo cancellation and voice activity of <c>CsmAgent.Audio</c>.</summary>
    public Func<IEar>? OpenEar { get; init; }

    /// <summary>The clock of a device that runs as fast as the machine computes; null in real time.</summary>
    public VirtualTime? VirtualTime { get; init; }

    /// <summary>The folder that keeps journals, so that a conversation of the same name goes on where it stopped; null keeps none.</summary>
    public string? JournalFolder { get; init; }

    /// <summary>Begins the recording at a path; tests give a disk of their own.</summary>
    internal Func<string, StereoRecorder> OpenRecording { get; init; } = path => new StereoRecorder(path);
}
