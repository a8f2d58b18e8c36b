using CsmAgent.Audio;
using CsmAgent.Audio.Files;

namespace CsmAgent.Conversation.Dialogue;

/// <summary>Places lines on a timeline and writes it out as far as no later line can reach, so that memory holds one line's length
/// whatever the script's.</summary>
internal sealed class DialogueMixer : IDisposable
{
    private const double WidestPan = 0.6;

    private readonly WavWriter _mix;
    private readonly WavWriter[]? _stems;
    private readonly (float Left, float Right)[] _pans;
    private readonly float[][] _ahead;
    private int _filled;

    /// <param name="mix">The mix; owned. One channel or two.</param>
    /// <param name="stems">One writer for each speaker, owned; null for none.</param>
    /// <param name="speakers">Speakers, at least 1.</param>
    /// <param name="isStereo">Whether the mix has two channels.</param>
    public DialogueMixer(WavWriter mix, WavWriter[]? stems, int speakers, bool isStereo)
    {
        (_mix, _stems, IsStereo) = (mix, stems, isStereo);
        _pans = [.. Enumerable.Range(0, speakers).Select(speaker => Pan(speaker, speakers))];
        _ahead = [.. Enumerable.Range(0, speakers).Select(_ => new float[AudioFormat.SampleRateHz])];
    }

    /// <summary>Whether the mix has two channels.</summary>
    public bool IsStereo { get; }

    /// <summary>Samples written for good.</summary>
    public long Written { get; private set; }

    /// <summary>Samples beyond full scale, which were limited.</summary>
    public long Limited { get; private set; }

    /// <summary>Adds a line; everything before its start is written.</summary>
    /// <param name="speaker">Whose.</param>
    /// <param name="start">Its first sample, not before what is written.</param>
    /// <param name="samples">24 kHz mono.</param>
    /// <returns>What was written: the mono sum.</returns>
    public float[] Add(int speaker, long start, ReadOnlySpan<float> samples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(start, Written);
        var written = WriteUpTo(start);
        var needed = samples.Length;
        foreach (ref var buffer in _ahead.AsSpan())
        {
            if (buffer.Length < needed)
            {
                Array.Resize(ref buffer, needed + AudioFormat.SampleRateHz);
            }
        }

        for (var i = 0; i < samples.Length; i++)
        {
            _ahead[speaker][i] += samples[i];
        }

        _filled = Math.Max(_filled, needed);
        return written;
    }

    /// <summary>Writes what is left.</summary>
    public float[] Finish() => WriteUpTo(Written + _filled);

    public void Dispose()
    {
        _mix.Dispose();
        foreach (var stem in _stems ?? [])
        {
            stem.Dispose();
        }
    }

    private static (float Left, float Right) Pan(int speaker, int speakers)
    {
        var place = speakers == 1 ? 0 : WidestPan * ((2.0 * speaker / (speakers - 1)) - 1);
        var angle = (place + 1) * Math.PI / 4;
        return ((float)Math.Cos(angle), (float)Math.Sin(angle));
    }

    private float[] WriteUpTo(long position)
    {
        var mono = new float[position - Written];
        var block = new float[2 * AudioFormat.FrameSamples];
        for (var done = 0; done < mono.Length;)
        {
            var count = Math.Min(mono.Length - done, AudioFormat.FrameSamples);
            WriteBlock(mono.AsSpan(done, count), block, done);
            done += count;
        }

        var taken = Math.Min(mono.Length, _filled);
        foreach (var buffer in _ahead)
        {
            buffer.AsSpan(taken, _filled - taken).CopyTo(buffer);
            buffer.AsSpan(_filled - taken, taken).Clear();
        }

        _filled -= taken;
        Written = position;
        return mono;
    }

    private void WriteBlock(Span<float> mono, float[] block, int from)
    {
        Span<float> stem = stackalloc float[AudioFormat.FrameSamples];
        Array.Clear(block);
        for (var speaker = 0; speaker < _ahead.Length; speaker++)
        {
            stem.Clear();
            var there = Math.Clamp(_filled - from, 0, mono.Length);
            _ahead[speaker].AsSpan(from < _filled ? from : 0, there).CopyTo(stem);
            _stems?[speaker].Write(stem[..mono.Length]);
            var (left, right) = _pans[speaker];
            for (var i = 0; i < mono.Length; i++)
            {
                mono[i] += stem[i];
                block[2 * i] += left * stem[i];
                block[(2 * i) + 1] += right * stem[i];
            }
        }

        for (var i = 0; i < mono.Length; i++)
        {
            var peak = IsStereo ? Math.Max(Math.Abs(block[2 * i]), Math.Abs(block[(2 * i) + 1])) : Math.Abs(mono[i]);
            Limited += peak > 1 ? 1 : 0;
            mono[i] = Math.Clamp(mono[i], -1, 1);
        }

        _mix.Write(IsStereo ? block.AsSpan(0, 2 * mono.Length) : mono);
    }
}
