using CsmAgent.Audio.Echo;
using CsmAgent.Audio.VoiceActivity;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Streams;

/// <summary>The ear for a real room: what the device played is taken out of what it captured, then somebody speaks to the agent or not.</summary>
internal sealed class RoomEar : IEar
{
    // Shorter silences are inside words: six windows of 32 ms.
    private static readonly VoiceActivityOptions Patient = new() { OffsetWindows = 6 };

    // 40 ms: often enough for a decision to wait for.
    private const int SoundHops = 4;

    private readonly EchoCanceller _echo = new();
    private readonly VoiceActivityDetector _activity = new(Patient);
    private readonly UserVoice _user = new();
    private readonly VoiceTail _tail = new();
    private bool _speaks;
    private int _unmeasured;
    private long _onset;
    private long _offset;
    private long _lastVoiced;

    public static IEar Open() => new RoomEar();

    public EarBlock Hear(ReadOnlySpan<float> captured, ReadOnlySpan<float> played, Span<float> clean)
    {
        const int Hop = VoiceActivityDetector.HopSamples;
        if (captured.Length % Hop != 0)
        {
            throw new ArgumentException($"A block must be a multiple of {Hop} samples, this one has {captured.Length}.", nameof(captured));
        }

        var (ago, voicedAgo, sound) = (0, 0, default(VoiceSound?));
        for (var at = 0; at < captured.Length; at += Hop)
        {
            var echo = _echo.Process(captured.Slice(at, Hop), played.Slice(at, Hop), clean.Slice(at, Hop));
            var heard = _activity.Process(clean.Slice(at, Hop), _user.IsClose(clean.Slice(at, Hop), echo.IsNearActive));
            _tail.Add(clean.Slice(at, Hop));
            switch (heard.Edge)
            {
                case VoiceEdge.Onset:
                    _onset = heard.EdgeSample;
                    _tail.Begin();
                    break;
                case VoiceEdge.Offset:
                    _offset = heard.EdgeSample;
                    _lastVoiced = _tail.LastVoicedAgo(heard.NoiseFloorDb) is { } tail ? _activity.Position - tail : _offset;
                    break;
            }

            // Measured before the voice's end is taken in: with it the voice is forgotten.
            if (_speaks && (!heard.IsSpeech || ++_unmeasured >= SoundHops))
            {
                (sound, _unmeasured) = (_user.Sound, 0);
            }

            var isEcho = echo is { IsFarActive: true, IsConverged: true, IsNearActive: false };
            var speaks = _user.Pass(clean.Slice(at, Hop), played.Slice(at, Hop), heard.IsSpeech, isEcho);
            if (speaks != _speaks)
            {
                (_speaks, _unmeasured) = (speaks, 0);
                var end = _activity.Position + _echo.LatencySamples + captured.Length - at - Hop;
                (ago, voicedAgo) = ((int)(end - (speaks ? _onset : _offset)), speaks ? 0 : (int)(end - _lastVoiced));
            }
        }

        return new EarBlock(_speaks, ago, voicedAgo, sound);
    }

    public void Dispose() => _echo.Dispose();
}
