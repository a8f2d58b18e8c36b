using CsmAgent.Audio.Devices;

namespace CsmAgent.Conversation.Tests.Fakes;

/// <summary>Notes, block by block, whether anybody was heard, and tells the moment.</summary>
internal sealed class WatchedTalker(ITalker talker, Action<long> onBlock) : ITalker
{
    private const float Audible = 0.01f;
    private long _samples;
    private long _silentSince;

    public bool HasVoice => talker.HasVoice;

    /// <summary>The longest stretch in which neither side was heard, in samples, from the first word to the agent's last.</summary>
    public (long Samples, long From) LongestSilence { get; private set; }

    public bool Speak(Span<float> block, ReadOnlySpan<float> heard)
    {
        onBlock(_samples);
        var goesOn = talker.Speak(block, heard);
        var at = _samples;
        _samples += block.Length;
        if (block.ContainsAnyExceptInRange(-Audible, Audible) || heard.ContainsAnyExceptInRange(-Audible, Audible))
        {
            if (_silentSince > 0 && at - _silentSince > LongestSilence.Samples)
            {
                LongestSilence = (at - _silentSince, _silentSince);
            }

            _silentSince = _samples;
        }

        return goesOn;
    }
}
