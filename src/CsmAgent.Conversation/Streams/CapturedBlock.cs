using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Playback;

namespace CsmAgent.Conversation.Streams;

/// <summary>One block of the device, copied out of its port: what was captured and what was played at the same time.</summary>
/// <param name="Captured">24 kHz mono.</param>
/// <param name="Played">The same length.</param>
/// <param name="Start">The conversation's sample counter at the first sample.</param>
/// <param name="Clock">The device's counters at the first sample.</param>
/// <param name="Position">Playback at the block's end.</param>
internal sealed record CapturedBlock(float[] Captured, float[] Played, long Start, AudioClock Clock, PlaybackPosition Position)
{
    public long End => Start + Captured.Length;
}
