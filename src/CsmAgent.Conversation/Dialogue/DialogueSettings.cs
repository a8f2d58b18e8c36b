using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Dialogue;

/// <summary>How a dialogue is made.</summary>
/// <param name="OutputPath">The WAV file; captions, stems and takes lie beside it under the same name.</param>
/// <param name="Voices">The voice of each speaker of the script.</param>
public sealed record DialogueSettings(string OutputPath, IReadOnlyList<string> Voices)
{
    /// <summary>Every line's seed follows from this and its words, unless the script gives one.</summary>
    public ulong Seed { get; init; }

    /// <summary>Temperature and top-k; the seed in it is not used.</summary>
    public SpeechSampling Sampling { get; init; } = new();

    /// <summary>Silence between lines where the script says nothing; 0 to 5 s.</summary>
    public TimeSpan Gap { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Lines (from 1) to speak anew with another seed.</summary>
    public IReadOnlySet<int> Redo { get; init; } = new HashSet<int>();

    /// <summary>True forgets earlier takes.</summary>
    public bool IsFresh { get; init; }

    /// <summary>True places speakers from left to right; false puts all in the middle of one channel.</summary>
    public bool IsStereo { get; init; } = true;

    /// <summary>True writes each speaker's own file too, as long as the whole.</summary>
    public bool HasStems { get; init; }

    /// <summary>The folder of takes.</summary>
    public string TakesFolder => Path.ChangeExtension(OutputPath, ".takes");
}
