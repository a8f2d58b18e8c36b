namespace CsmAgent.Training.Corpus;

/// <summary>One utterance of a prepared corpus.</summary>
/// <param name="Start">First sample in the corpus's audio, at 24 kHz.</param>
/// <param name="Samples">Length in samples; whole frames of 1920.</param>
/// <param name="Voice">Who speaks.</param>
/// <param name="IsHeldOut">True if training must not see it.</param>
/// <param name="Text">What is said.</param>
/// <param name="Phones">Symbol and length in labels of 20 ms, as the corpus writes them (<c>_4 h2 ə4</c>; <c>_</c> is silence).</param>
public sealed record CorpusItem(long Start, int Samples, string Voice, bool IsHeldOut, string Text, string Phones)
{
    /// <summary>Frames of 80 ms.</summary>
    public int Frames => Samples / 1_920;

    /// <summary>Words of <see cref="Text"/>.</summary>
    public int Words => Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
}
