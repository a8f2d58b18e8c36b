using CsmAgent.Audio.Devices;

namespace CsmAgent.Conversation.Tests.Fakes;

/// <summary>Stands in front of a device that takes time: what is said reaches its blocks later, what it plays reaches the ear later. A
/// microphone between mouth and ear records both, outside, on one track.</summary>
internal sealed class LoopbackTalker(ITalker talker, int inputLatency, int outputLatency) : ITalker
{
    private readonly Queue<float> _toDevice = new(new float[inputLatency]);
    private readonly Queue<float> _toEar = new(new float[outputLatency]);
    private readonly List<float> _outside = [];

    public bool HasVoice => talker.HasVoice;

    /// <summary>Mouth and ear from the device's first sample.</summary>
    public float[] Outside => [.. _outside];

    public bool Speak(Span<float> block, ReadOnlySpan<float> heard)
    {
        // The block played before: its moment outside is already on the track, without it.
        var ear = new float[heard.Length];
        for (var i = 0; i < heard.Length; i++)
        {
            _toEar.Enqueue(heard[i]);
            ear[i] = _toEar.Dequeue();
            _outside[_outside.Count - heard.Length + i] += ear[i];
        }

        if (!talker.Speak(block, ear))
        {
            return false;
        }

        _outside.AddRange(block);
        for (var i = 0; i < block.Length; i++)
        {
            _toDevice.Enqueue(block[i]);
            block[i] = _toDevice.Dequeue();
        }

        return true;
    }
}
