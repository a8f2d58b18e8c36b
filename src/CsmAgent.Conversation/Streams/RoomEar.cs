using CsmAgent.Audio.Echo;
using CsmAgent.Audio.VoiceActivity;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Streams;

/// <summary>The ear for a real room: what the device played is taken out of what it captured, then somebody speaks or not.</summary>
internal sealed class RoomEar : IEar
{
    // Shorter silences are inside words: six windows of 32 ms.
    private static readonly VoiceActivityOptions Patient = new() { OffsetWindows = 6 };

    private readonly EchoCanceller _echo = new();
    private readonly VoiceActivityDetector _activity = new(Patient);

    public static IEar Open() => new RoomEar();

    public EarBlock Hear(ReadOnlySpan<float> captured, ReadOnlySpan<float> played, Span<float> clean)
    {
        const int Hop = VoiceActivityDetector.HopSamples;
        if (captured.Length % Hop != 0)
        {
            throw new ArgumentException($"A block must be a multiple of {Hop} samples, this one has {captured.Length}.", nameof(captured));
        }

        var block = new EarBlock(false, 0);
        for (var at = 0; at < captured.Length; at += Hop)
        {
            _echo.Process(captured.Slice(at, Hop), played.Slice(at, Hop), clean.Slice(at, Hop));
            var heard = _activity.Process(clean.Slice(at, Hop));
            var ago = heard.Edge == VoiceEdge.None ? block.ChangedAgo
                : (int)(_activity.Position - heard.EdgeSample) + _echo.LatencySamples + captured.Length - at - Hop;
            block = new EarBlock(heard.IsSpeech, ago);
        }

        return block;
    }

    public void Dispose() => _echo.Dispose();
}
