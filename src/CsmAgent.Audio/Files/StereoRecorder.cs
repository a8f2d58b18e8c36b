namespace CsmAgent.Audio.Files;

/// <summary>Records a conversation: the user on the left, the agent on the right, at 24 kHz and 16 bits.</summary>
/// <remarks>The file is whole after every second. When the disk is full the recording stops with a <see cref="Failure"/>
/// and the conversation goes on: <see cref="Write"/> never throws for what the disk does. One thread.</remarks>
public sealed class StereoRecorder : IDisposable
{
    private readonly WavWriter _writer;
    private readonly float[] _interleaved = new float[2 * AudioFormat.FrameSamples];
    private int _sinceFlush;

    /// <summary>Starts a recording, replacing what was there.</summary>
    /// <exception cref="AudioFileException">The file cannot be created.</exception>
    public StereoRecorder(string path)
        : this(WavWriter.Create(path, AudioFormat.SampleRateHz, channelCount: 2))
    {
    }

    /// <summary>Records into a stereo writer.</summary>
    /// <param name="writer">24 kHz, two channels; owned by the recorder.</param>
    public StereoRecorder(WavWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        _writer = writer;
    }

    /// <summary>Why the recording stopped early; null while it is fine. The message can be shown to a person.</summary>
    public AudioFileException? Failure { get; private set; }

    /// <summary>Raised once, on the writing thread, when the recording stops early.</summary>
    public event Action<AudioFileException>? Failed;

    /// <summary>Samples per side recorded so far.</summary>
    public long SampleCount => _writer.SampleCount;

    /// <summary>Appends the same moment of both sides.</summary>
    /// <param name="user">What was captured; values that are not finite are recorded as silence.</param>
    /// <param name="agent">What was played, the same length.</param>
    public void Write(ReadOnlySpan<float> user, ReadOnlySpan<float> agent)
    {
        if (user.Length != agent.Length)
        {
            throw new ArgumentException($"Both sides must have the same length, found {user.Length} and {agent.Length}.", nameof(agent));
        }

        while (user.Length > 0 && Failure is null)
        {
            var count = Math.Min(user.Length, _interleaved.Length / 2);
            for (var i = 0; i < count; i++)
            {
                _interleaved[2 * i] = float.IsFinite(user[i]) ? user[i] : 0;
                _interleaved[(2 * i) + 1] = float.IsFinite(agent[i]) ? agent[i] : 0;
            }

            user = user[count..];
            agent = agent[count..];
            Try(() => WriteInterleaved(count));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Try(_writer.Dispose);

    private void WriteInterleaved(int count)
    {
        _writer.Write(_interleaved.AsSpan(0, 2 * count));
        _sinceFlush += count;
        if (_sinceFlush >= AudioFormat.SampleRateHz)
        {
            _sinceFlush = 0;
            _writer.Flush();
        }
    }

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (AudioFileException problem)
        {
            if (Failure is null)
            {
                Failure = new AudioFileException($"The recording stopped at {SampleCount / (double)AudioFormat.SampleRateHz:0.0} s: {problem.Message} The conversation goes on without it; free some space and start again to record.", problem);
                Failed?.Invoke(Failure);
            }
        }
    }
}
