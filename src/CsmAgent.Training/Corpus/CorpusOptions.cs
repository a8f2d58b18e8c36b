namespace CsmAgent.Training.Corpus;

/// <summary>How a corpus is prepared.</summary>
public sealed record CorpusOptions
{
    /// <summary>Folder with <c>index.tsv</c> and the audio it names.</summary>
    public required string Source { get; init; }

    /// <summary>Further corpus folders to learn from: nothing of theirs is held out, and what they share with the held-out texts is left
    /// out.</summary>
    public IReadOnlyList<string> Further { get; init; } = [];

    /// <summary>What <see cref="Source"/>'s speakers are to be learnt from as well: at these sizes (<see cref="SpeakerSize"/>), as voices of their own.</summary>
    public IReadOnlyList<double> Sizes { get; init; } = [];

    /// <summary>How many labels of 20 ms <see cref="Source"/>'s phones come after their sound: they are moved to where it is.</summary>
    public int LateLabels { get; init; }

    /// <summary>Folder to write; about 170 MB per hour of speech.</summary>
    public required string Output { get; init; }

    /// <summary>Share of the distinct texts that training never sees, 0 to 0.5.</summary>
    public double HeldOutShare { get; init; } = 0.11;

    /// <summary>Chooses the held-out texts.</summary>
    public int Seed { get; init; } = 1;
}
