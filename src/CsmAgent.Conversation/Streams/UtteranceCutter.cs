using CsmAgent.Audio;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Streams;

/// <summary>Cuts the microphone's stream into utterances on the frame grid: a little before each onset, nothing of the silence between.
/// Not thread-safe.</summary>
internal sealed class UtteranceCutter(IEar ear, Func<int> nextUtterance)
{
    private const int PreRollFrames = 4;

    // What a codec wants around speech: onsets and releases are softer than a detector hears.
    private const int Margin = AudioFormat.SampleRateHz / 10;

    private readonly Queue<float[]> _preRoll = new();
    private readonly float[] _frame = new float[AudioFormat.FrameSamples];
    private int _filled;
    private bool _speaks;
    private int _utterance;
    private long _firstFrameStart;
    private int _frames;

    public Heard Hear(CapturedBlock block)
    {
        var clean = new float[block.Captured.Length];
        var decision = ear.Hear(block.Captured, block.Played, clean);
        var parts = new List<UtterancePart>();
        Fill(clean, parts);

        if (decision.Speaks && !_speaks)
        {
            Begin(block.End, decision.ChangedAgo, parts);
        }
        else if (!decision.Speaks && _speaks)
        {
            End(block.End, decision, parts);
        }

        var peak = 0f;
        foreach (var sample in clean)
        {
            peak = Math.Max(peak, Math.Abs(sample));
        }

        return new Heard(block, _speaks, peak, parts, decision.Sound);
    }

    private void Fill(ReadOnlySpan<float> clean, List<UtterancePart> parts)
    {
        while (clean.Length > 0)
        {
            var count = Math.Min(clean.Length, _frame.Length - _filled);
            clean[..count].CopyTo(_frame.AsSpan(_filled));
            _filled += count;
            clean = clean[count..];
            if (_filled < _frame.Length)
            {
                return;
            }

            _filled = 0;
            var frame = (float[])_frame.Clone();
            if (_speaks)
            {
                Add(frame, parts);
            }
            else
            {
                _preRoll.Enqueue(frame);
                if (_preRoll.Count > PreRollFrames)
                {
                    _preRoll.Dequeue();
                }
            }
        }
    }

    private void Begin(long end, int ago, List<UtterancePart> parts)
    {
        _speaks = true;
        _utterance = nextUtterance();
        _frames = 0;
        var firstVoiced = Math.Max(0, end - ago);
        parts.Add(new UtteranceStart(_utterance, firstVoiced));

        // The frames before the one now being filled, as far back as the onset with its margin.
        var frameStart = end - _filled;
        var wanted = (int)Math.Clamp((frameStart - (firstVoiced - Margin) + AudioFormat.FrameSamples - 1) / AudioFormat.FrameSamples, 0, _preRoll.Count);
        _firstFrameStart = frameStart - (long)wanted * AudioFormat.FrameSamples;
        foreach (var frame in _preRoll.Skip(_preRoll.Count - wanted))
        {
            Add(frame, parts);
        }

        _preRoll.Clear();
    }

    private void End(long end, EarBlock decision, List<UtterancePart> parts)
    {
        _speaks = false;
        var lastVoiced = end - decision.ChangedAgo;
        if (_filled > 0)
        {
            parts.Add(new UtteranceAudio(_utterance, _frame[.._filled]));
        }

        var voiced = (lastVoiced + Margin - _firstFrameStart + AudioFormat.FrameSamples - 1) / AudioFormat.FrameSamples;
        parts.Add(new UtteranceEnd(_utterance, lastVoiced, end - decision.VoicedAgo, (int)Math.Clamp(voiced, Math.Min(1, _frames), _frames)));
    }

    private void Add(float[] frame, List<UtterancePart> parts)
    {
        _frames++;
        parts.Add(new UtteranceAudio(_utterance, frame));
    }
}
