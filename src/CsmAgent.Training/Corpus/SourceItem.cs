namespace CsmAgent.Training.Corpus;

/// <summary>One utterance as a corpus folder's <c>index.tsv</c> names it, before verification.</summary>
/// <param name="File">Audio file in the folder.</param>
/// <param name="Start">First sample in that file, at 24 kHz.</param>
/// <param name="Samples">Length in samples.</param>
/// <param name="Voice">Who speaks.</param>
/// <param name="Text">What is said.</param>
/// <param name="Phones">Run-length phone labels, or empty.</param>
public sealed record SourceItem(string File, long Start, int Samples, string Voice, string Text, string Phones);
