using System.Diagnostics;
using CsmAgent.Audio.Files;

namespace CsmAgent.Audio.Devices;

/// <summary>A device without hardware: a <see cref="ITalker"/> at its microphone, optionally in a <see cref="SimulatedRoom"/>
/// with its loudspeaker, in real or virtual time.</summary>
public sealed class VirtualDevice : IAudioDevice
{
    private readonly ITalker _talker;
    private readonly DevicePace _pace;
    private readonly VirtualDeviceOptions _options;
    private readonly float[] _captured;
    private readonly float[] _played;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _loopEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IAudioClient? _client;
    private long _position;
    private int _disposed;

    /// <summary>Makes a device; it is idle until started.</summary>
    /// <param name="name">The name shown to people.</param>
    /// <param name="talker">Who is at the microphone.</param>
    /// <param name="pace">How fast its clock runs.</param>
    /// <param name="options">Block size, latencies, room, recording; defaults when null.</param>
    public VirtualDevice(string name, ITalker talker, DevicePace pace, VirtualDeviceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(talker);
        ArgumentNullException.ThrowIfNull(pace);
        _options = options ?? new VirtualDeviceOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.BlockSamples, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_options.BlockSamples, 9_600, nameof(options));
        if (_options.Room is { } room && room.BlockSamples != _options.BlockSamples)
        {
            throw new ArgumentException($"The room takes blocks of {room.BlockSamples} samples, the device has blocks of {_options.BlockSamples}.", nameof(options));
        }

        (Name, _talker, _pace) = (name, talker, pace);
        _captured = new float[_options.BlockSamples];
        _played = new float[_options.BlockSamples];
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool HasInput => _talker.HasVoice;

    /// <inheritdoc/>
    public bool HasOutput => _options.Recorder is not null || _options.Room is not null;

    /// <inheritdoc/>
    public Task Completion => _completion.Task;

    /// <summary>Samples captured, and played, since it started.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>A device with nobody at the microphone and no loudspeaker; it never ends by itself.</summary>
    public static VirtualDevice Null(DevicePace pace) => new("no audio device", new SilentTalker(), pace);

    /// <summary>A device whose microphone is a sound file; it ends with the file.</summary>
    /// <param name="path">A WAV file of any rate.</param>
    /// <param name="silenceAfter">How long it stays open after the file's end.</param>
    /// <param name="pace">How fast its clock runs.</param>
    /// <param name="options">As for the constructor.</param>
    /// <exception cref="AudioFileException">The file cannot be read.</exception>
    public static VirtualDevice FromFile(string path, TimeSpan silenceAfter, DevicePace pace, VirtualDeviceOptions? options = null) =>
        new($"file {Path.GetFileName(path)}", new RecordingTalker(WavFile.Read(path).ToHouseFormat(), silenceAfter), pace, options);

    /// <inheritdoc/>
    public void Start(IAudioClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (Interlocked.CompareExchange(ref _client, client, null) is not null)
        {
            throw new InvalidOperationException($"The device '{Name}' has been started already.");
        }

        if (_pace.Gate is { } gate)
        {
            // Never on the caller's stack: the gate may complete synchronously for the whole conversation.
            _ = Task.Factory.StartNew(
                () => RunVirtualAsync(gate), CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        }
        else
        {
            new Thread(RunRealTime) { IsBackground = true, Name = $"audio: {Name}", Priority = ThreadPriority.AboveNormal }.Start();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync();
        if (_client is not null)
        {
            await _loopEnded.Task;
        }

        _completion.TrySetResult();
        _stop.Dispose();
    }

    private void RunRealTime()
    {
        // Waiting on the stop handle paces and stops at once; the due time is absolute, so errors do not add up.
        var stop = _stop.Token.WaitHandle;
        var start = Stopwatch.GetTimestamp();
        Run(() =>
        {
            while (true)
            {
                var due = TimeSpan.FromSeconds((double)(_position + _options.BlockSamples) / AudioFormat.SampleRateHz);
                var wait = due - Stopwatch.GetElapsedTime(start);
                if (_stop.IsCancellationRequested || (wait > TimeSpan.Zero && stop.WaitOne(wait)) || !RunBlock())
                {
                    return;
                }
            }
        });
    }

    private async Task RunVirtualAsync(Func<AudioClock, CancellationToken, ValueTask> gate)
    {
        Exception? problem = null;
        try
        {
            do
            {
                await gate(Clock(), _stop.Token);
            }
            while (!_stop.IsCancellationRequested && RunBlock());
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        catch (Exception thrown)
        {
            problem = thrown;
        }

        End(problem);
    }

    private void Run(Action loop)
    {
        Exception? problem = null;
        try
        {
            loop();
        }
        catch (Exception thrown)
        {
            problem = thrown;
        }

        End(problem);
    }

    private void End(Exception? problem)
    {
        _loopEnded.TrySetResult();
        if (problem is null)
        {
            _completion.TrySetResult();
        }
        else
        {
            _completion.TrySetException(problem as AudioDeviceException ?? new AudioDeviceException(
                $"The device '{Name}' stopped at {Position / (double)AudioFormat.SampleRateHz:0.00} s: {problem.Message}", problem));
        }
    }

    private AudioClock Clock() =>
        new(_position, _position, _options.InputLatencySamples, _options.OutputLatencySamples);

    private bool RunBlock()
    {
        // _played still holds the block before: what the talker and the room hear now.
        if (!_talker.Speak(_captured, _position == 0 ? [] : _played))
        {
            return false;
        }

        _options.Room?.Process(_captured, _played);
        _client!.Process(_captured, _played, Clock());
        _options.Recorder?.Write(_captured, _played);
        Volatile.Write(ref _position, _position + _captured.Length);
        return true;
    }
}
