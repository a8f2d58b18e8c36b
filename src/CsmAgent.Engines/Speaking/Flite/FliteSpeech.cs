namespace CsmAgent.Engines.Speaking.Flite;

/// <summary>A spoken text.</summary>
/// <param name="Samples">24 kHz mono.</param>
/// <param name="Tokens">When each word ends, and how many characters of the text are spoken by then; in order.</param>
internal sealed record FliteSpeech(float[] Samples, IReadOnlyList<(double EndSeconds, int Characters)> Tokens)
{
    /// <summary>Characters spoken by a moment.</summary>
    public int CharactersAt(double seconds)
    {
        var spoken = 0;
        foreach (var (end, characters) in Tokens)
        {
            if (end > seconds)
            {
                break;
            }

            spoken = characters;
        }

        return spoken;
    }
}
