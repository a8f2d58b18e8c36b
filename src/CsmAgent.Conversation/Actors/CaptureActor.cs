using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Streams.Dsl;
using CsmAgent.Audio;
using CsmAgent.Audio.Devices;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Streams;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Actors;

/// <summary>Hears: runs the stream from the device's port through the ear, tells the turn what happens and hands speech on to
/// recogniser and codec. The device's blocks are the clock of everything else.</summary>
internal sealed class CaptureActor(ConversationWire wire) : ConversationPart(wire, "capture")
{
    private CancellationTokenSource? _stop;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PartMessages.DeviceUp up:
                Listen(up.Port, up.FirstSample);
                break;
            case PartMessages.DeviceDown:
                // A block the lost device left behind is nobody's work: counted, it would hold virtual time for ever.
                Wire.Pending.ReadFrom(static () => 0);
                _stop?.Cancel();
                break;
            case StreamOver over when over.Failure is not null:
                throw new InvalidOperationException(over.Failure.Message, over.Failure);
            case PartMessages.Close:
                _stop?.Cancel();
                Sender.Tell(new PartMessages.LetGo());
                break;
        }
    }

    protected override void PreStart()
    {
        // Started again in the middle of a conversation: the device still runs.
        if (Wire.DevicePort is { } up)
        {
            Listen(up.Port, up.FirstSample);
        }
    }

    protected override void PostStop() => _stop?.Cancel();

    protected override void PreRestart(Exception reason, object message)
    {
        if (Wire.OpenUtterance is { } open)
        {
            Deliver(new UtteranceEnd(open, Wire.Now, Wire.Now, 0));
        }

        base.PreRestart(reason, message);
    }

    private void Listen(AudioPort port, long firstSample)
    {
        _stop?.Cancel();
        var stop = _stop = new CancellationTokenSource();
        var self = Self;
        Wire.Pending.ReadFrom(() => port.AvailableBlocks);
        var inStream = new StrongBox<int>();
        Source.From(() => BlocksAsync(port, firstSample, inStream, stop.Token))
            .Hear(Wire.Setup.OpenEar ?? RoomEar.Open, Wire.NextUtterance)
            .RunForeach(heard => Deliver(heard, inStream), Streams)
            .ContinueWith(
                done =>
                {
                    // Blocks that a broken stream has swallowed hold up virtual time no longer.
                    while (Interlocked.Decrement(ref inStream.Value) >= 0)
                    {
                        Heard();
                    }

                    self.Tell(new StreamOver(stop.IsCancellationRequested ? null : done.Exception?.GetBaseException()));
                },
                TaskScheduler.Default);
    }

    private void Heard()
    {
        if (Wire.Setup.VirtualTime is not null)
        {
            Wire.Pending.End();
        }
    }

    private async IAsyncEnumerable<CapturedBlock> BlocksAsync(
        AudioPort port, long firstSample, StrongBox<int> inStream, [EnumeratorCancellation] CancellationToken stop)
    {
        var block = new AudioBlock(port.BlockSamples);
        var dropped = 0L;
        var watch = new MicrophoneWatch();
        var clock = new SampleClock(firstSample);
        while (!stop.IsCancellationRequested)
        {
            while (port.TryRead(block))
            {
                Watch(watch, block);
                Wire.Pending.TakeBlock();
                Interlocked.Increment(ref inStream.Value);
                var captured = Wire.Muted ? new float[port.BlockSamples] : (float[])block.Captured.Clone();
                var start = clock.Place(block.Clock.CapturedSamples, block.Captured.Length, out var jumped);
                if (jumped != 0)
                {
                    Wire.DevicePort = Wire.DevicePort is { } up && up.Port == port ? up with { FirstSample = clock.FirstSample } : Wire.DevicePort;
                    Wire.Trouble("capture", $"The device's clock jumped by {(double)jumped / AudioFormat.SampleRateHz:+0.0;-0.0} s; the conversation goes on as if it had not.");
                }

                yield return new CapturedBlock(captured, (float[])block.Played.Clone(), start, block.Clock, block.Position);
            }

            if (port.DroppedBlocks > dropped)
            {
                dropped = port.DroppedBlocks;
                Wire.Trouble("capture", $"The machine was too busy to listen: {dropped * port.BlockSamples * 1000 / AudioFormat.SampleRateHz} ms were lost so far.");
            }

            try
            {
                await (Wire.Setup.VirtualTime is null ? port.WaitToReadAsync(stop).AsTask() : Wire.Pending.WaitForBlocksAsync(stop));
            }
            catch (OperationCanceledException)
            {
                yield break;
            }
        }
    }

    private void Watch(MicrophoneWatch watch, AudioBlock block)
    {
        if (Wire.Device is not { HasInput: true } || Wire.Muted)
        {
            return;
        }

        // Virtual time has no rate.
        var rate = Wire.Setup.VirtualTime is null ? watch.Time(block.Captured.Length, block.Timestamp, TimeProvider.System) : null;
        if ((watch.Hear(block.Captured) ?? rate) is { } problem)
        {
            Wire.Trouble("microphone", problem);
        }
    }

    private void Deliver(Heard heard, StrongBox<int> inStream)
    {
        var block = heard.Block;
        Wire.Now = block.End;
        Wire.LatencySamples = block.Clock.InputLatencySamples + block.Clock.OutputLatencySamples;
        Wire.Tell(Wire.Playback, new PartMessages.BlockPassed(block.Position, block.Start));
        Wire.Recorder?.Write(block);

        // Before its end is told: the turn decides with it.
        if (heard.Sound is { } sound && Wire.OpenUtterance is { } open)
        {
            Wire.Tell(Wire.Turn, new VoiceSounded(block.End, open, sound));
        }

        foreach (var part in heard.Parts)
        {
            Deliver(part);
        }

        Wire.Tell(Wire.Turn, new Tick(block.End));
        if (block.End / AudioFormat.FrameSamples != block.Start / AudioFormat.FrameSamples)
        {
            var agent = 0f;
            foreach (var sample in block.Played)
            {
                agent = Math.Max(agent, Math.Abs(sample));
            }

            Wire.Publish(new ConversationEvents.Levels(Wire.Id, block.End, heard.Peak, agent, heard.Speaks));
            Wire.Tell(Wire.Reply, new PartMessages.LookForAnnouncements());
        }

        Interlocked.Decrement(ref inStream.Value);
        Heard();
    }

    // The turn hears of a start or an end before recogniser and codec do: their answers can then never come first.
    private void Deliver(UtterancePart part)
    {
        switch (part)
        {
            case UtteranceStart start:
                Wire.OpenUtterance = start.Utterance;
                Wire.Tell(Wire.Turn, new VoiceStarted(Wire.Now, start.Utterance, start.FirstVoiced));
                break;
            case UtteranceEnd end:
                Wire.OpenUtterance = null;
                Wire.Tell(Wire.Turn, new VoiceEnded(Wire.Now, end.Utterance, end.LastVoiced, end.LastAudible));
                break;
        }

        Wire.ToEncoding.Write(part, Wire.Pending);
        Wire.ToRecognition.Write(part, Wire.Pending);
    }

    private sealed record StreamOver(Exception? Failure) : PartMessages.Local;
}
