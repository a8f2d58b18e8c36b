using CsmAgent.Models.Csm.Packed;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Training.Evaluation;

/// <summary>What is judged, and on what.</summary>
public sealed record EvaluationOptions
{
    /// <summary>A prepared corpus; its held-out sentences are spoken.</summary>
    public required string Corpus { get; init; }

    /// <summary>Folder with the codec.</summary>
    public required string Codec { get; init; }

    /// <summary>Folder with the speech model; null judges the codec alone.</summary>
    public string? Speech { get; init; }

    /// <summary>Folder for <c>report.html</c> and <c>figures.json</c>.</summary>
    public required string Output { get; init; }

    /// <summary>Held-out sentences of <see cref="LeastWords"/> words or more.</summary>
    public int Sentences { get; init; } = 200;

    /// <summary>Shorter sentences say little about a word error rate.</summary>
    public int LeastWords { get; init; } = 8;

    /// <summary>Turns the voice has heard before each sentence: 1 is one of its own; from 2 on another voice answers every one of its own, so
    /// that it speaks as in a conversation of that length. Older turns that a model has no room for are left out.</summary>
    public int Turns { get; init; } = 1;

    /// <summary>Sentences in the report with players and spectrograms.</summary>
    public int Examples { get; init; } = 6;

    /// <summary>Logs (<c>log.jsonl</c>) whose curves the report draws.</summary>
    public IReadOnlyList<string> Logs { get; init; } = [];

    /// <summary>Chooses sentences, contexts and codes.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How the speech model's weights are held while it speaks, so that what a precision costs can be heard.</summary>
    public CsmPacking Packing { get; init; } = CsmPacking.For(WeightFormat.Float32);

    /// <summary>Sampling temperature of the voice.</summary>
    public float Temperature { get; init; } = 0.8f;

    /// <summary>Codes that may be drawn.</summary>
    public int TopK { get; init; } = 40;

    /// <summary>Scale of classifier-free guidance towards the text; 1 for none.</summary>
    public float Guidance { get; init; } = 1;

    /// <summary>Scale of classifier-free guidance towards the turns before; 1 for none.</summary>
    public float VoiceGuidance { get; init; } = 1;
}
