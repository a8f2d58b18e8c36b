namespace CsmAgent.Audio.Devices;

/// <summary>One recording from its start to its end, then silence for a while.</summary>
/// <param name="samples">24 kHz mono.</param>
/// <param name="silenceAfter">How long the device stays open afterwards, so that an answer can be heard.</param>
public sealed class RecordingTalker(ReadOnlyMemory<float> samples, TimeSpan silenceAfter) : ITalker
{
    private readonly long _end = samples.Length + (long)(silenceAfter.TotalSeconds * AudioFormat.SampleRateHz);
    private long _position;

    /// <inheritdoc/>
    public bool HasVoice => true;

    /// <inheritdoc/>
    public bool Speak(Span<float> block, ReadOnlySpan<float> heard)
    {
        if (_position >= _end)
        {
            return false;
        }

        var count = (int)Math.Clamp(samples.Length - _position, 0, block.Length);
        if (count > 0)
        {
            samples.Span.Slice((int)_position, count).CopyTo(block);
        }

        block[count..].Clear();
        _position += block.Length;
        return true;
    }
}
