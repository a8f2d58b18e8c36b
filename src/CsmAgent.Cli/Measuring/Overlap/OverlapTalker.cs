using CsmAgent.Audio;
using CsmAgent.Audio.Devices;

namespace CsmAgent.Cli.Measuring.Overlap;

/// <summary>Asks for a story, lets the agent speak for a while, then is heard; listens a little longer and leaves.</summary>
internal sealed class OverlapTalker(ReadOnlyMemory<float> opening, OverlapScene scene) : ITalker
{
    private const float AudiblePeak = 0.003f;
    private const long GiveUp = 8 * AudioFormat.SampleRateHz;

    // Longer than any wait for the end of a turn: what is answered is answered by then.
    private const long ListenAfter = 3_200L * AudioFormat.SampleRateHz / 1_000;
    private readonly PlayedSound _played = new();
    private readonly long _moment = (long)(scene.After * AudioFormat.SampleRateHz);
    private long _now;
    private long _agentBegan = -1;

    public bool HasVoice => true;

    /// <summary>Where on the device's counter the scene's sound began; negative when the agent never spoke.</summary>
    public long Began { get; private set; } = -1;

    /// <summary>Where its voice began: the recordings start with silence.</summary>
    public long VoiceBegan => Began + PlayedSound.FirstVoiced(scene.Samples);

    /// <summary>Everything the agent played.</summary>
    public ReadOnlySpan<float> Played => _played.Samples;

    public bool Speak(Span<float> block, ReadOnlySpan<float> heard)
    {
        _played.Add(heard);
        var audible = heard.ContainsAnyExceptInRange(-AudiblePeak, AudiblePeak);
        if (_agentBegan < 0 && audible && _now > opening.Length)
        {
            _agentBegan = _now - block.Length;
        }

        if (Began < 0 && _agentBegan >= 0 && _now - _agentBegan >= _moment)
        {
            Began = _now;
        }

        if (Began < 0 ? _now - opening.Length > GiveUp + _moment : _now - Began - scene.Samples.Length > ListenAfter)
        {
            return false;
        }

        var (sound, at) = Began < 0 ? (opening, _now) : (scene.Samples, _now - Began);
        var count = (int)Math.Clamp(sound.Length - at, 0, block.Length);
        block.Clear();
        if (count > 0)
        {
            sound.Span.Slice((int)at, count).CopyTo(block);
        }

        _now += block.Length;
        return true;
    }
}
