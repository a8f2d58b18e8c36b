namespace CsmAgent.Training.Corpus;

/// <summary>An utterance that preparation left out.</summary>
/// <param name="Folder">Its corpus folder.</param>
/// <param name="Line">Its line in <c>index.tsv</c>, from 1.</param>
/// <param name="Reason">What is wrong with it, with figures.</param>
public sealed record SkippedItem(string Folder, int Line, string Reason);
