namespace CsmAgent.Engines.Speaking.Csm;

/// <summary>Which characters were spoken: those before the word that the model's alignment head reads, or a guess from how long this voice takes per
/// character, learnt from each finished clause.</summary>
internal sealed class SpeechAlignment
{
    // Conversational English: about 15 characters a second, a pause of a fifth of a second at a comma.
    private const double PauseWeight = 3;
    private double _framesPerUnit = 0.85;

    /// <summary>Another that knows what this one has learned.</summary>
    public SpeechAlignment Copy() => new() { _framesPerUnit = _framesPerUnit };

    /// <summary>Frames a text will probably take.</summary>
    public double Expect(string text) => Units(text, text.Length) * _framesPerUnit;

    /// <summary>Characters spoken after some frames of a text; the last word counts when it is over.</summary>
    public int CharactersAfter(string text, int frames)
    {
        var spoken = 0;
        double units = 0;
        for (var i = 0; i < text.Length; i++)
        {
            units += Weight(text[i]);
            if (units * _framesPerUnit > frames)
            {
                break;
            }

            if (i + 1 == text.Length || char.IsWhiteSpace(text[i + 1]))
            {
                spoken = i + 1;
            }
        }

        return spoken;
    }

    /// <summary>Characters spoken when a character is being said: the words before it, and its own if only stops are left of that.</summary>
    /// <param name="text">The text.</param>
    /// <param name="reading">0 to the text's length.</param>
    public static int CharactersBefore(string text, int reading)
    {
        var spoken = 0;
        for (var end = 1; end <= text.Length; end++)
        {
            if (end < text.Length && !char.IsWhiteSpace(text[end]))
            {
                continue;
            }

            var lastLetter = end;
            while (lastLetter > spoken && !char.IsLetterOrDigit(text[lastLetter - 1]))
            {
                lastLetter--;
            }

            if (lastLetter > reading)
            {
                break;
            }

            spoken = end;
        }

        return spoken;
    }

    /// <summary>Learns how long a text really took.</summary>
    public void Learn(string text, int frames)
    {
        var units = Units(text, text.Length);
        if (units >= 8 && frames > 0)
        {
            _framesPerUnit = 0.7 * _framesPerUnit + 0.3 * Math.Clamp(frames / units, 0.3, 3);
        }
    }

    private static double Units(string text, int length)
    {
        double units = 0;
        for (var i = 0; i < length; i++)
        {
            units += Weight(text[i]);
        }

        return units;
    }

    private static double Weight(char letter) =>
        letter is ',' or ';' or ':' or '.' or '!' or '?' ? PauseWeight : char.IsLetterOrDigit(letter) ? 1 : 0.5;
}
