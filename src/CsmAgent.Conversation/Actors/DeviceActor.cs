using Akka.Actor;
using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Playback;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Actors;

/// <summary>Keeps a device running: starts it, notices when it is lost, opens it again until it is back. Losing a device is a state,
/// not a failure.</summary>
internal sealed class DeviceActor(ConversationWire wire) : ConversationPart(wire, "device"), IWithTimers
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(4);

    private IAudioDevice? _device;
    private TimeSpan _retry = FirstRetry;
    private bool _closing;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Start start:
                First(start.Device);
                break;
            case DeviceEnded ended when ended.Device == _device && !_closing:
                Ended(ended.Failure);
                break;
            case Reopen when _device is null && !_closing:
                Again();
                break;
            case PartMessages.Close:
                Close();
                break;
        }
    }

    protected override void PreStart()
    {
        // Started again while a device runs: it is opened anew, for nobody watches the old one.
        if (Wire.Device is { } running)
        {
            Wire.Device = null;
            Lost(running, "the part that keeps it failed");
        }
    }

    private void First(IAudioDevice device)
    {
        try
        {
            Use(device);
            Sender.Tell(new PartMessages.LetGo());
        }
        catch (Exception e)
        {
            _ = device.DisposeAsync().AsTask();
            Sender.Tell(new Status.Failure(e));
        }
    }

    private void Use(IAudioDevice device)
    {
        var port = new AudioPort(new PlaybackQueue(Wire.Options.FramesAhead));
        var up = new PartMessages.DeviceUp(port, Wire.Now, device.Name);
        Wire.DevicePort = up;
        Wire.Tell(Wire.Playback, up);
        Wire.Tell(Wire.Capture, up);
        Wire.Tell(Wire.Turn, new DeviceStarted(Wire.Now));
        try
        {
            device.Start(port);
        }
        catch
        {
            Wire.DevicePort = null;
            Wire.Tell(Wire.Turn, new DeviceWasLost(Wire.Now));
            throw;
        }

        (_device, Wire.Device, _retry) = (device, device, FirstRetry);
        var self = Self;
        device.Completion.ContinueWith(done => self.Tell(new DeviceEnded(device, done.Exception?.GetBaseException())), TaskScheduler.Default);
    }

    private void Ended(Exception? failure)
    {
        var device = _device!;
        (_device, Wire.Device) = (null, null);
        if (failure is null)
        {
            _ = device.DisposeAsync().AsTask();
            Context.Parent.Tell(new PartMessages.Stop($"{device.Name} has ended"));
            return;
        }

        Lost(device, failure.Message);
    }

    private void Lost(IAudioDevice device, string reason)
    {
        _ = device.DisposeAsync().AsTask();
        Wire.DevicePort = null;
        Wire.Publish(new ConversationEvents.DeviceLost(Wire.Id, Wire.Now, reason));
        Wire.Tell(Wire.Turn, new DeviceWasLost(Wire.Now));
        Wire.Tell(Wire.Capture, new PartMessages.DeviceDown());
        Wire.Tell(Wire.Playback, new PartMessages.DeviceDown());
        Later();
    }

    private void Later() => Timers.StartSingleTimer("reopen", new Reopen(), _retry);

    private void Again()
    {
        try
        {
            var device = Wire.Setup.OpenDevice();
            Use(device);
            Wire.Publish(new ConversationEvents.DeviceBack(Wire.Id, Wire.Now, device.Name));
        }
        catch (AudioDeviceException)
        {
            _retry = _retry * 2 < LongestRetry ? _retry * 2 : LongestRetry;
            Later();
        }
    }

    private void Close()
    {
        _closing = true;
        var sender = Sender;
        (_device ?? Wire.Device)?.DisposeAsync().AsTask().ContinueWith(_ => sender.Tell(new PartMessages.LetGo()), TaskScheduler.Default);
        if (_device is null)
        {
            sender.Tell(new PartMessages.LetGo());
        }

        (_device, Wire.Device) = (null, null);
    }

    /// <summary>Start this device; answered when it runs.</summary>
    internal sealed record Start(IAudioDevice Device) : PartMessages.Local;

    private sealed record DeviceEnded(IAudioDevice Device, Exception? Failure) : PartMessages.Local;

    private sealed record Reopen : PartMessages.Local;
}
