using CsmAgent.Audio.Buffers;

namespace CsmAgent.Audio.Playback;

/// <summary>The agent's speech on its way to the device: a few frames ahead, ducked, paused, resumed and cut without a click.</summary>
/// <remarks>
/// Three sides, each one thread at a time: a producer (<see cref="TryEnqueue"/>), a controller (<see cref="Duck"/>,
/// <see cref="Pause"/>, <see cref="Resume"/>, <see cref="Cut"/>) and the device (<see cref="Render"/>, which neither allocates,
/// locks nor logs). Commands take effect at the start of the next <see cref="Render"/>.
/// A frame that has no successor in time fades out within its last 10 ms, and a pause takes the next 10 ms of the frame for its fade:
/// a frame's own edge may be 80 ms away, which is most of the time a person who interrupts will wait. When playback goes on, those
/// 10 ms are played again fading in, so the two together are the whole signal and no word is lost.
/// </remarks>
public sealed class PlaybackQueue
{
    /// <summary>Samples that fade out and come in again, at a frame's end or wherever a pause falls, on a grid of the same size: 10 ms,
    /// of which the first <see cref="CutFadeSamples"/> are the fade.</summary>
    public const int EdgeFadeSamples = 240;

    /// <summary>Samples of the fade after a cut, and of a full-scale gain ramp: 5 ms.</summary>
    public const int CutFadeSamples = 120;

    private readonly Slot[] _slots;
    private readonly int _aheadFrames;
    private readonly Snapshot<PlaybackPosition> _position = new();
    private readonly Snapshot<PlaybackPosition> _lastEnded = new();

    // Producer.
    private long _enqueued;

    // Controller.
    private int _generation;
    private bool _pauseAsked;
    private float _targetGain = 1;

    // Renderer. _begun and _released are read by the producer.
    private readonly float[] _tail = new float[EdgeFadeSamples];
    private readonly float[] _cutTail = new float[CutFadeSamples];
    private long _begun;
    private long _released;
    private int _live;
    private Slot? _current;
    private int _offset;
    private Edge _edge;
    private int _tailReplayed = EdgeFadeSamples; // all of it: nothing to replay
    private int _tailGeneration;
    private bool _tailHeldByPause;
    private bool _heldInFrame;
    private int _cutTailPlayed = CutFadeSamples;
    private float _gain = 1;
    private long _gapSamples;
    private int _playingGeneration;
    private int _frames;
    private long _rendered;
    private int _underruns;
    private long _underrunSamples;
    private long _clipped;

    /// <summary>Makes an empty queue at generation 0.</summary>
    /// <param name="aheadFrames">Frames that may wait behind the one being played, 1 to 100.</param>
    public PlaybackQueue(int aheadFrames = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(aheadFrames, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(aheadFrames, 100);
        _aheadFrames = aheadFrames;
        _slots = new Slot[aheadFrames + 1];
        for (var i = 0; i < _slots.Length; i++)
        {
            _slots[i] = new Slot();
        }
    }

    private enum Edge
    {
        Undecided,
        Through,
        Fade,
    }

    /// <summary>Frames enqueued and not yet rendered to their last sample, the one being played included.</summary>
    public int QueuedFrames => (int)(Volatile.Read(ref _enqueued) - Volatile.Read(ref _released));

    /// <summary>The generation accepted now.</summary>
    public int Generation => Volatile.Read(ref _generation);

    /// <summary>Samples that had to be limited to [-1, 1] or were not a number (played as 0).</summary>
    public long ClippedSamples => Volatile.Read(ref _clipped);

    /// <summary>Where playback stands; any thread.</summary>
    public PlaybackPosition Position => _position.Read();

    /// <summary>Where the last generation that was cut while it still had frames stood at its cut; any thread.</summary>
    public PlaybackPosition LastCut => _lastEnded.Read();

    /// <summary>Producer: offers one frame.</summary>
    /// <param name="frame">Exactly 1920 samples at 24 kHz; copied.</param>
    /// <param name="generation">The generation it belongs to; older than <see cref="Generation"/> is refused as stale.</param>
    /// <param name="frameIndex">Its number within the generation, from 0, rising by one.</param>
    /// <exception cref="ArgumentException">The frame has another length.</exception>
    public EnqueueResult TryEnqueue(ReadOnlySpan<float> frame, int generation, int frameIndex)
    {
        if (frame.Length != AudioFormat.FrameSamples)
        {
            throw new ArgumentException($"A frame has {AudioFormat.FrameSamples} samples, this one has {frame.Length}.", nameof(frame));
        }

        if (generation < Volatile.Read(ref _generation))
        {
            return EnqueueResult.Stale;
        }

        var next = _enqueued;
        if (next - Volatile.Read(ref _begun) >= _aheadFrames || next - Volatile.Read(ref _released) >= _slots.Length)
        {
            return EnqueueResult.Full;
        }

        var slot = _slots[next % _slots.Length];
        slot.Generation = generation;
        slot.FrameIndex = frameIndex;
        var clipped = 0;
        for (var i = 0; i < frame.Length; i++)
        {
            var sample = frame[i];
            var limited = float.IsNaN(sample) ? 0 : Math.Clamp(sample, -1f, 1f);
            clipped += sample == limited ? 0 : 1;
            slot.Samples[i] = limited;
        }

        Volatile.Write(ref _clipped, _clipped + clipped);
        Volatile.Write(ref _enqueued, next + 1);
        return EnqueueResult.Queued;
    }

    /// <summary>Controller: ramps to a gain within 5 ms; 1 undoes it.</summary>
    /// <param name="gain">0 to 1, for example 0.25 for −12 dB.</param>
    public void Duck(float gain)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(gain);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(gain, 1);
        Volatile.Write(ref _targetGain, gain);
    }

    /// <summary>Controller: fades out over the next 10 ms of the frame and holds everything queued.</summary>
    public void Pause() => Volatile.Write(ref _pauseAsked, true);

    /// <summary>Controller: goes on from the sample after the last one played, at full gain.</summary>
    public void Resume()
    {
        Volatile.Write(ref _targetGain, 1);
        Volatile.Write(ref _pauseAsked, false);
    }

    /// <summary>Controller: drops every frame of older generations with a 5 ms fade and undoes duck and pause.</summary>
    /// <param name="generation">The new generation, greater than <see cref="Generation"/>.</param>
    public void Cut(int generation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(generation, _generation);

        // The generation is written first and read last: a renderer that sees the pause undone also sees the cut.
        Volatile.Write(ref _generation, generation);
        Volatile.Write(ref _targetGain, 1);
        Volatile.Write(ref _pauseAsked, false);
    }

    /// <summary>Device: fills the block with what is to be played now, silence where there is nothing.</summary>
    public void Render(Span<float> output)
    {
        var pause = Volatile.Read(ref _pauseAsked);
        var targetGain = Volatile.Read(ref _targetGain);
        var live = Volatile.Read(ref _generation);
        if (live != _live)
        {
            ApplyCut(live);
        }

        var done = 0;
        while (done < output.Length)
        {
            var count = RenderRun(output[done..], pause);
            if (count == 0)
            {
                break;
            }

            done += count;
        }

        output[done..].Clear();
        _gapSamples += output.Length - done;
        ApplyGain(output, targetGain);
        MixCutTail(output);
        _rendered += output.Length;
        _position.Write(CurrentPosition(done > 0 || _cutTailPlayed < CutFadeSamples, pause));
    }

    private bool IsMidSpeech => (_current is not null && !_heldInFrame) || _edge == Edge.Through;

    /// <summary>Renders samples of one kind (fading in, plain, fading out); 0 when there is nothing to play.</summary>
    private int RenderRun(Span<float> output, bool pause)
    {
        if (_heldInFrame)
        {
            if (pause)
            {
                return 0;
            }

            _heldInFrame = false;
        }

        if (_current is null)
        {
            // An edge passed without a fade must be followed by its successor: stopping there would click.
            if (pause && _edge != Edge.Through)
            {
                _tailHeldByPause = true;
                return 0;
            }

            if (!TryBegin())
            {
                return 0;
            }
        }

        if (_tailReplayed < EdgeFadeSamples)
        {
            return FadeIn(output);
        }

        var part = _offset / EdgeFadeSamples;
        var end = (part + 1) * EdgeFadeSamples;
        if (_offset % EdgeFadeSamples == 0)
        {
            _edge = pause || (end == AudioFormat.FrameSamples && !SuccessorWaits()) ? Edge.Fade : Edge.Through;
        }

        var count = Math.Min(output.Length, end - _offset);
        _current!.Samples.AsSpan(_offset, count).CopyTo(output);
        if (_edge == Edge.Fade)
        {
            FadeOut(output[..count]);
        }

        _offset += count;
        if (_offset == end && _edge == Edge.Fade)
        {
            KeepTail(pause);
        }

        if (_offset == AudioFormat.FrameSamples)
        {
            EndFrame();
        }

        return count;
    }

    private bool TryBegin()
    {
        var slot = PeekLive();
        if (slot is null)
        {
            return false;
        }

        if (_tailReplayed == 0)
        {
            if (slot.Generation != _tailGeneration)
            {
                _tailReplayed = EdgeFadeSamples;
            }
            else if (!_tailHeldByPause)
            {
                _underruns++;
                _underrunSamples += _gapSamples;
            }
        }

        _current = slot;
        _offset = 0;
        _edge = Edge.Undecided;
        _playingGeneration = slot.Generation;
        _frames = slot.FrameIndex;
        Volatile.Write(ref _begun, _begun + 1);
        return true;
    }

    /// <summary>The next waiting frame that is not stale; stale ones are released.</summary>
    private Slot? PeekLive()
    {
        while (_begun < Volatile.Read(ref _enqueued))
        {
            var slot = _slots[_begun % _slots.Length];
            if (slot.Generation >= _live)
            {
                return slot;
            }

            Volatile.Write(ref _begun, _begun + 1);
            Volatile.Write(ref _released, _begun);
        }

        return null;
    }

    private bool SuccessorWaits() =>
        _begun < Volatile.Read(ref _enqueued) && _slots[_begun % _slots.Length].Generation == _playingGeneration;

    private int FadeIn(Span<float> output)
    {
        var count = Math.Min(output.Length, EdgeFadeSamples - _tailReplayed);
        for (var i = 0; i < count; i++, _tailReplayed++)
        {
            output[i] = _tail[_tailReplayed] * FadeInGain(_tailReplayed);
        }

        return count;
    }

    private void FadeOut(Span<float> samples)
    {
        var at = _offset % EdgeFadeSamples;
        for (var i = 0; i < samples.Length; i++, at++)
        {
            samples[i] *= 1 - FadeInGain(at);
        }
    }

    private static float FadeInGain(int sample) => Math.Min(1, (sample + 0.5f) / CutFadeSamples);

    /// <summary>What has just faded out will fade in again.</summary>
    private void KeepTail(bool pause)
    {
        _current!.Samples.AsSpan(_offset - EdgeFadeSamples, EdgeFadeSamples).CopyTo(_tail);
        _tailReplayed = 0;
        _tailGeneration = _playingGeneration;
        var isInFrame = _offset < AudioFormat.FrameSamples;
        (_tailHeldByPause, _heldInFrame) = (pause || isInFrame, isInFrame);
        if (isInFrame)
        {
            _edge = Edge.Undecided;
        }
    }

    private void EndFrame()
    {
        _gapSamples = 0;
        _frames++;
        _offset = 0;
        _current = null;
        Volatile.Write(ref _released, _released + 1);
    }

    private void ApplyCut(int live)
    {
        if (_current is not null || _begun < Volatile.Read(ref _enqueued))
        {
            _lastEnded.Write(CurrentPosition(audible: IsMidSpeech, pause: false));
        }

        if (IsMidSpeech)
        {
            // What would have been played next, fading; the position stays where the cut fell.
            var (offset, frames) = (_offset, _frames);
            var done = 0;
            while (done < CutFadeSamples && IsMidSpeech)
            {
                done += RenderRun(_cutTail.AsSpan(done), pause: false);
            }

            _cutTail.AsSpan(done).Clear();
            for (var i = 0; i < done; i++)
            {
                _cutTail[i] *= _gain * (CutFadeSamples - i - 0.5f) / CutFadeSamples;
            }

            _cutTailPlayed = 0;
            if (_current is not null)
            {
                _current = null;
                Volatile.Write(ref _released, _released + 1);
            }

            (_offset, _frames) = (offset, frames);
        }
        else if (_current is not null)
        {
            // Held inside a frame, and silent already.
            _current = null;
            Volatile.Write(ref _released, _released + 1);
        }

        _live = live;
        _heldInFrame = false;
        _edge = Edge.Undecided;
        _tailReplayed = EdgeFadeSamples;
        _ = PeekLive();
    }

    private void ApplyGain(Span<float> output, float target)
    {
        if (_gain == 1 && target == 1)
        {
            return;
        }

        const float Step = 1f / CutFadeSamples;
        for (var i = 0; i < output.Length; i++)
        {
            _gain += Math.Clamp(target - _gain, -Step, Step);
            output[i] *= _gain;
        }
    }

    private void MixCutTail(Span<float> output)
    {
        for (var i = 0; i < output.Length && _cutTailPlayed < CutFadeSamples; i++, _cutTailPlayed++)
        {
            output[i] = Math.Clamp(output[i] + _cutTail[_cutTailPlayed], -1f, 1f);
        }
    }

    private PlaybackPosition CurrentPosition(bool audible, bool pause) => new(
        _playingGeneration,
        _frames,
        _offset,
        _live,
        _rendered,
        audible,
        pause && !IsMidSpeech,
        _underruns,
        _underrunSamples);

    private sealed class Slot
    {
        public readonly float[] Samples = new float[AudioFormat.FrameSamples];
        public int Generation;
        public int FrameIndex;
    }
}
