using CsmAgent.Audio;

namespace CsmAgent.Conversation.Streams;

/// <summary>Notices a microphone that cannot be understood, and says once what to do about it.</summary>
internal sealed class MicrophoneWatch
{
    private const int SilentSamples = 8 * AudioFormat.SampleRateHz;
    private const int JudgedSamples = 2 * AudioFormat.SampleRateHz;

    // The least a 16-bit microphone can give is three times this: below lies only a switch, or a cable.
    private const float SilentPeak = 1e-5f;
    private const float FullScale = 0.985f;
    private const double ClippedShare = 0.01;

    // Sound cards are right to a part in ten thousand; one that delivers another rate than it says is far off.
    private const double WrongRate = 0.05;
    private const double RateJudgedSeconds = 5;

    private long _silent;
    private long _judged;
    private long _clipped;
    private long? _firstTimestamp;
    private long _timed;
    private bool _saidSilent;
    private bool _saidClipped;
    private bool _saidRate;

    /// <summary>Takes a block.</summary>
    /// <param name="captured">As the device gave it.</param>
    /// <returns>What to tell the user; null for nothing.</returns>
    public string? Hear(ReadOnlySpan<float> captured)
    {
        var isSilent = !captured.ContainsAnyExceptInRange(-SilentPeak, SilentPeak);
        _silent = isSilent ? _silent + captured.Length : 0;
        if (_silent >= SilentSamples && !_saidSilent)
        {
            _saidSilent = true;
            return "The microphone gives nothing but silence. It may be muted or unplugged, or this program may not be allowed to use it.";
        }

        if (isSilent)
        {
            return null;
        }

        _judged += captured.Length;
        foreach (var sample in captured)
        {
            _clipped += Math.Abs(sample) >= FullScale ? 1 : 0;
        }

        if (_judged < JudgedSamples)
        {
            return null;
        }

        var share = (double)_clipped / _judged;
        (_judged, _clipped) = (0, 0);
        if (share < ClippedShare || _saidClipped)
        {
            return null;
        }

        _saidClipped = true;
        return "The microphone is too loud and distorts: turn its level down, or speak from further away.";
    }

    /// <summary>Takes the time at which a block was complete; only where time is real.</summary>
    /// <returns>What to tell the user; null for nothing.</returns>
    public string? Time(int samples, long timestamp, TimeProvider time)
    {
        if (_firstTimestamp is not { } first)
        {
            _firstTimestamp = timestamp;
            return null;
        }

        _timed += samples;
        var seconds = time.GetElapsedTime(first, timestamp).TotalSeconds;
        if (seconds < RateJudgedSeconds || _saidRate)
        {
            return null;
        }

        var rate = _timed / seconds;
        (_firstTimestamp, _timed) = (timestamp, 0);
        if (Math.Abs((rate / AudioFormat.SampleRateHz) - 1) < WrongRate)
        {
            return null;
        }

        _saidRate = true;
        return $"The sound device delivers {rate:0} samples a second where {AudioFormat.SampleRateHz} were agreed: nobody will be understood. Choose another device, or set its rate in the system's settings.";
    }
}
