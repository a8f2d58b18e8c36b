using System.Runtime.InteropServices;

namespace CsmAgent.Audio.Devices.PortAudio;

/// <summary>A microphone and a loudspeaker through the system's PortAudio, each at its own rate.</summary>
/// <remarks>
/// Two streams rather than one duplex stream: microphone and loudspeaker are often two devices with two clocks, and sound
/// servers reached through ALSA fail in duplex. The loudspeaker sets the pace. The callbacks allocate, lock and log nothing.
/// A device that is unplugged ends <see cref="Completion"/> with an <see cref="AudioDeviceException"/>; open a new one when it is back.
/// </remarks>
public sealed class PortAudioDevice : IAudioDevice
{
    private static readonly TimeSpan WatchPeriod = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LeastLatency = TimeSpan.FromMilliseconds(30);

    private readonly PortAudioDeviceOptions _options;
    private readonly PortAudioLibrary _library;
    private readonly AudioDeviceInfo? _input;
    private readonly AudioDeviceInfo? _output;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CaptureLane? _capture;
    private PlaybackLane? _playback;
    private PortAudioStream? _inputStream;
    private PortAudioStream? _outputStream;
    private GCHandle _self;
    private ITimer? _watch;
    private bool _started;
    private int _inputCallbacks;
    private int _outputCallbacks;
    private (int Input, int Output) _callbacksSeen;
    private int _quietTicks;
    private int _finished;
    private int _disposed;
    private long _glitches;
    private Exception? _thrown;

    private PortAudioDevice(PortAudioDeviceOptions options, PortAudioLibrary library, AudioDeviceInfo? input, AudioDeviceInfo? output)
    {
        (_options, _library, _input, _output) = (options, library, input, output);
        InputRateHz = options.SampleRateHz ?? input?.DefaultSampleRateHz ?? AudioFormat.SampleRateHz;
        OutputRateHz = options.SampleRateHz ?? output?.DefaultSampleRateHz ?? InputRateHz;
        Name = input?.Name == output?.Name ? output!.Name : $"{input?.Name ?? "no input"} / {output?.Name ?? "no output"}";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool HasInput => _input is not null;

    /// <inheritdoc/>
    public bool HasOutput => _output is not null;

    /// <inheritdoc/>
    public Task Completion => _completion.Task;

    /// <summary>The rate the microphone runs at.</summary>
    public int InputRateHz { get; }

    /// <summary>The rate the loudspeaker runs at.</summary>
    public int OutputRateHz { get; }

    /// <summary>Blocks in which the card reported samples lost or missing; the machine was too slow.</summary>
    public long Glitches => Volatile.Read(ref _glitches);

    /// <summary>Samples at 24 kHz that the microphone delivered too late and that were replaced by silence.</summary>
    public long MissingSamples => _capture?.MissingSamples ?? 0;

    /// <summary>Samples at 24 kHz skipped because the microphone ran ahead of the loudspeaker.</summary>
    public long SkippedSamples => _capture?.SurplusSamplesDropped ?? 0;

    /// <summary>How much faster the microphone's clock is found to run than the loudspeaker's, in parts per million; it is compensated.</summary>
    public double DriftPpm => _capture?.DriftPpm ?? 0;

    /// <summary>Chooses devices; nothing sounds before <see cref="Start"/>.</summary>
    /// <exception cref="AudioDeviceException">The library is missing, a named device does not exist, or there is no device at all.</exception>
    public static PortAudioDevice Open(PortAudioDeviceOptions? options = null)
    {
        options ??= new PortAudioDeviceOptions();
        if (options.SampleRateHz is < 8_000 or > 192_000)
        {
            throw new AudioDeviceException($"A sound card's rate must be 8000 to 192000 Hz, found {options.SampleRateHz}.");
        }

        var library = PortAudioLibrary.Use();
        try
        {
            var devices = PortAudioDevices.ListCore();
            var input = PortAudioDevices.Choose(devices, options.Input, forInput: true);
            var output = PortAudioDevices.Choose(devices, options.Output, forInput: false);
            return input is null && output is null
                ? throw new AudioDeviceException("There is no sound card: neither a microphone nor a loudspeaker was found. Plug one in, or talk with recorded turns (--turns).")
                : new PortAudioDevice(options, library, input, output);
        }
        catch
        {
            library.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public unsafe void Start(IAudioClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (_started)
        {
            throw new InvalidOperationException($"The device '{Name}' has been started already.");
        }

        _started = true;
        _self = GCHandle.Alloc(this);
        try
        {
            if (_input is not null)
            {
                var parameters = Parameters(_input, _input.InputChannelCount, _input.LowInputLatency, InputRateHz, forInput: true);
                _capture = new CaptureLane(InputRateHz, parameters.ChannelCount);
                _inputStream = OpenStream(_input, &parameters, null, InputRateHz, &OnCaptured);
            }

            var played = default(PortAudioNative.StreamParameters);
            if (_output is not null)
            {
                played = Parameters(_output, _output.OutputChannelCount, _output.LowOutputLatency, OutputRateHz, forInput: false);
            }

            _playback = new PlaybackLane(client, _capture, OutputRateHz, played.ChannelCount);
            if (_output is not null)
            {
                _outputStream = OpenStream(_output, null, &played, OutputRateHz, &OnPlay);
                _playback.OutputLatencySamples = (int)(PortAudioNative.Pa_GetStreamInfo(_outputStream)->OutputLatency * AudioFormat.SampleRateHz);
            }

            if (_inputStream is not null)
            {
                _playback.InputLatencySamples = (int)(PortAudioNative.Pa_GetStreamInfo(_inputStream)->InputLatency * AudioFormat.SampleRateHz);
                PortAudioLibrary.Check(PortAudioNative.Pa_StartStream(_inputStream), $"The microphone '{_input!.Name}' cannot be started");
            }

            if (_outputStream is not null)
            {
                PortAudioLibrary.Check(PortAudioNative.Pa_StartStream(_outputStream), $"The loudspeaker '{_output!.Name}' cannot be started");
            }
        }
        catch
        {
            _inputStream?.Dispose();
            _outputStream?.Dispose();
            (_inputStream, _outputStream) = (null, null);
            _self.Free();
            throw;
        }

        _watch = TimeProvider.System.CreateTimer(static device => ((PortAudioDevice)device!).Watch(), this, WatchPeriod, WatchPeriod);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        if (_watch is not null)
        {
            await _watch.DisposeAsync();
        }

        if ((_inputStream is null && _outputStream is null) || await ClosedAsync())
        {
            _library.Dispose();
        }

        _completion.TrySetResult();
    }

    [UnmanagedCallersOnly]
    private static unsafe int OnCaptured(
        float* captured, float* toPlay, CULong frames, PortAudioNative.CallbackTimes* times, CULong flags, nint userData) =>
        Self(userData).Captured(captured, (int)frames.Value, flags.Value);

    [UnmanagedCallersOnly]
    private static unsafe int OnPlay(
        float* captured, float* toPlay, CULong frames, PortAudioNative.CallbackTimes* times, CULong flags, nint userData) =>
        Self(userData).Play(toPlay, (int)frames.Value, flags.Value);

    [UnmanagedCallersOnly]
    private static void OnFinished(nint userData) => Volatile.Write(ref Self(userData)._finished, 1);

    private static PortAudioDevice Self(nint userData) => (PortAudioDevice)GCHandle.FromIntPtr(userData).Target!;

    private unsafe int Captured(float* captured, int frames, ulong flags)
    {
        Volatile.Write(ref _inputCallbacks, _inputCallbacks + 1);
        CountGlitch(flags);
        try
        {
            if (captured is not null)
            {
                _capture!.Write(new ReadOnlySpan<float>(captured, frames * _capture.ChannelCount), frames);
            }

            if (_outputStream is null)
            {
                _playback!.Process([], (int)((long)frames * OutputRateHz / InputRateHz));
            }

            return PortAudioNative.CallbackContinue;
        }
        catch (Exception thrown)
        {
            // An exception must not cross into C; the watch reports it.
            _thrown = thrown;
            return PortAudioNative.CallbackAbort;
        }
    }

    private unsafe int Play(float* toPlay, int frames, ulong flags)
    {
        Volatile.Write(ref _outputCallbacks, _outputCallbacks + 1);
        CountGlitch(flags);
        var output = new Span<float>(toPlay, frames * _playback!.ChannelCount);
        try
        {
            _playback.Process(output, frames);
            return PortAudioNative.CallbackContinue;
        }
        catch (Exception thrown)
        {
            _thrown = thrown;
            output.Clear();
            return PortAudioNative.CallbackAbort;
        }
    }

    private void CountGlitch(ulong flags)
    {
        const ulong Lost = PortAudioNative.FlagInputUnderflow | PortAudioNative.FlagInputOverflow
            | PortAudioNative.FlagOutputUnderflow | PortAudioNative.FlagOutputOverflow;
        if ((flags & Lost) != 0)
        {
            Interlocked.Increment(ref _glitches);
        }
    }

    /// <summary>One channel where the device can; some know only pairs.</summary>
    private unsafe PortAudioNative.StreamParameters Parameters(
        AudioDeviceInfo device, int channels, TimeSpan suggested, int rateHz, bool forInput)
    {
        var latency = _options.Latency ?? (suggested > LeastLatency ? suggested : LeastLatency);
        var parameters = new PortAudioNative.StreamParameters
        {
            Device = device.Index,
            ChannelCount = 1,
            SampleFormat = new CULong((nuint)PortAudioNative.SampleFormatFloat32),
            SuggestedLatency = latency.TotalSeconds,
        };
        var mono = PortAudioNative.Pa_IsFormatSupported(forInput ? &parameters : null, forInput ? null : &parameters, rateHz);
        parameters.ChannelCount = mono == PortAudioNative.NoError ? 1 : Math.Min(2, channels);
        return parameters;
    }

    private unsafe PortAudioStream OpenStream(
        AudioDeviceInfo device,
        PortAudioNative.StreamParameters* input,
        PortAudioNative.StreamParameters* output,
        int rateHz,
        delegate* unmanaged<float*, float*, CULong, PortAudioNative.CallbackTimes*, CULong, nint, int> callback)
    {
        nint handle;
        PortAudioLibrary.Check(
            PortAudioNative.Pa_OpenStream(
                &handle, input, output, rateHz, framesPerBuffer: new CULong(0), flags: new CULong(0), callback, GCHandle.ToIntPtr(_self)),
            $"The {(output is null ? "microphone" : "loudspeaker")} '{device.Name}' cannot be opened at {rateHz} Hz");
        var stream = new PortAudioStream(handle);
        var watched = PortAudioNative.Pa_SetStreamFinishedCallback(stream, &OnFinished);
        if (watched != PortAudioNative.NoError)
        {
            stream.Dispose();
            PortAudioLibrary.Check(watched, $"'{device.Name}' cannot be watched");
        }

        return stream;
    }

    private void Watch()
    {
        var callbacks = (Volatile.Read(ref _inputCallbacks), Volatile.Read(ref _outputCallbacks));
        var quiet = (_inputStream is not null && callbacks.Item1 == _callbacksSeen.Input)
            || (_outputStream is not null && callbacks.Item2 == _callbacksSeen.Output);
        _quietTicks = quiet ? _quietTicks + 1 : 0;
        _callbacksSeen = callbacks;
        if (_thrown is { } thrown)
        {
            _completion.TrySetException(new AudioDeviceException($"The device '{Name}' stopped: {thrown.Message}", thrown));
        }
        else if (Volatile.Read(ref _finished) != 0)
        {
            _completion.TrySetException(new AudioDeviceException($"The device '{Name}' stopped by itself. Was it unplugged? Plug it in again or choose another."));
        }
        else if (_quietTicks * WatchPeriod >= _options.LostAfter)
        {
            _completion.TrySetException(new AudioDeviceException(
                $"The device '{Name}' has given no sign of life for {_options.LostAfter.TotalSeconds:0.#} s. Was it unplugged? Plug it in again or choose another."));
        }
    }

    /// <summary>Closes both streams. A driver whose card is gone may never come back; then they are left to the process's end.</summary>
    private async Task<bool> ClosedAsync()
    {
        var closing = Task.Run(() =>
        {
            foreach (var stream in new[] { _inputStream, _outputStream })
            {
                if (stream is not null)
                {
                    _ = PortAudioNative.Pa_AbortStream(stream);
                    stream.Dispose();
                }
            }

            _self.Free();
        });
        return await Task.WhenAny(closing, Task.Delay(CloseTimeout)) == closing;
    }
}
