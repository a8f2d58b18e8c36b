using CsmAgent.Audio;
using CsmAgent.Audio.Measurement;

namespace CsmAgent.Engines.Speaking.Flite;

/// <summary>A spoken text.</summary>
/// <param name="Samples">24 kHz mono.</param>
/// <param name="Tokens">When each word ends, and how many characters of the text are spoken by then; in order.</param>
internal sealed record FliteSpeech(float[] Samples, IReadOnlyList<(double EndSeconds, int Characters)> Tokens)
{
    private const int KeptLead = AudioFormat.SampleRateHz / 100;

    /// <summary>The same from 10 ms before its first audible sample.</summary>
    public FliteSpeech WithoutLead()
    {
        var lead = Math.Max(0, MouthToEar.FirstAudibleSample(Samples, 0) - KeptLead);
        var seconds = (double)lead / AudioFormat.SampleRateHz;
        return new FliteSpeech(Samples[lead..], [.. Tokens.Select(token => (token.EndSeconds - seconds, token.Characters))]);
    }

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
