using Akka.Actor;
using CsmAgent.Audio;
using CsmAgent.Audio.Playback;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Actors;

/// <summary>Stands at the loudspeaker's queue: lets released frames in, asks for the next ones, ducks, holds and cuts, and says
/// what was played. What the device took, and nothing else, was heard.</summary>
internal sealed class PlaybackActor(ConversationWire wire) : ConversationPart(wire, "playback")
{
    private readonly float _ducked = (float)Math.Pow(10, wire.Options.BargeIn.DuckDecibels / 20);
    private readonly PlayedReply _at = wire.Played;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PartMessages.BlockPassed passed:
                Passed(passed);
                break;
            case PartMessages.FrameMade frame when frame.Generation >= _at.Generation:
                Follow(frame.Generation);
                _at.Listen(frame.Samples.Span);
                _at.Frames.Enqueue(frame);
                Feed();
                break;
            case PartMessages.Release release:
                Follow(release.Generation);
                _at.Released = Math.Max(_at.Released, release.Generation);
                _at.Queue?.Resume();
                Feed();
                break;
            case PartMessages.DuckVoice:
                _at.Queue?.Duck(_ducked);
                break;
            case PartMessages.HoldVoice:
                _at.Queue?.Pause();
                break;
            case PartMessages.FreeVoice:
                _at.Queue?.Resume();
                break;
            case PartMessages.Silence silence:
                Silence(silence);
                break;
            case PartMessages.Finished finished:
                Tell(finished.Turn, finished.Generation, wasCut: false);
                break;
            case PartMessages.DeviceUp up:
                (_at.Queue, _at.Position, _at.UnderrunsBefore) = (up.Port.Playback, up.Port.Playback.Position, 0);
                break;
            case PartMessages.DeviceDown:
                Down();
                break;
            case PartMessages.Close:
                _at.Queue?.Cut(int.MaxValue);
                Sender.Tell(new PartMessages.LetGo());
                break;
        }
    }

    protected override void PreRestart(Exception reason, object message)
    {
        // A message was lost with the part, perhaps a frame: the reply ends where it stands. Otherwise nothing is lost.
        if (message is Counted && _at.Cutting is null && _at.Generation > 0 && Wire.LiveReply?.Generation == _at.Generation)
        {
            Wire.Tell(Wire.Turn, new StopRequested(Wire.Now));
        }

        base.PreRestart(reason, message);
    }

    // A reply's first sign: its frames are counted from here.
    private void Follow(int generation)
    {
        if (generation <= _at.Generation)
        {
            return;
        }

        _at.Begin(generation, Wire.Options.FramesAhead);
    }

    private void Passed(PartMessages.BlockPassed passed)
    {
        _at.Position = passed.Position;
        if (_at.Cutting is { } cutting && _at.Position.LiveGeneration > cutting.Generation)
        {
            _at.Cutting = null;
            Tell(cutting.Turn, cutting.Generation, wasCut: true);
        }

        Progress(passed.Start);
        Feed();
    }

    private void Progress(long blockStart)
    {
        if (_at.Position.Generation != _at.Generation || _at.Position.TurnSamples == 0 || _at.Generation == 0)
        {
            return;
        }

        // The first block that holds a sample of the reply: count back from its end.
        if (_at.First is null)
        {
            _at.First = blockStart + AudioBlockLength - Math.Min(AudioBlockLength, _at.Position.TurnSamples);
            _at.UnderrunsBefore = _at.Position.Underruns;
        }

        // Before anything can be heard of it the reply has not begun, however many samples the device took.
        var isHeard = _at.IsHeard(_at.Position.TurnSamples);
        if (isHeard && _at.Position.TurnSamples > _at.Played)
        {
            (_at.Played, _at.Last) = (_at.Position.TurnSamples, blockStart + AudioBlockLength);
            Wire.Tell(Wire.Turn, new Played(Wire.Now, _at.Generation, _at.Played, _at.First.Value + _at.SilentLead));
        }

        if (isHeard && _at.Position.Frames > _at.Told)
        {
            _at.Told = _at.Position.Frames;
            Wire.Tell(Wire.Context, new PartMessages.HeardSoFar(Wire.TurnNumber, _at.Generation, _at.Told));
        }

        var begun = _at.Position.Frames + (_at.Position.SampleInFrame > 0 ? 1 : 0);
        var wanted = begun + Wire.Options.FramesAhead - _at.Granted;
        if (wanted > 0)
        {
            _at.Granted += wanted;
            Wire.Tell(Wire.Synthesis, new PartMessages.FrameWanted(_at.Generation, wanted));
        }
    }

    private int AudioBlockLength => Wire.DevicePort?.Port.BlockSamples ?? 0;

    private void Feed()
    {
        while (_at.Queue is not null && _at.Released >= _at.Generation && _at.Frames.TryPeek(out var frame))
        {
            if (_at.Queue.TryEnqueue(frame.Samples.Span, frame.Generation, frame.Index) == EnqueueResult.Full)
            {
                return;
            }

            _at.Frames.Dequeue();
        }
    }

    private void Silence(PartMessages.Silence silence)
    {
        Follow(silence.Generation);
        _at.Frames.Clear();
        if (_at.Queue is null || _at.Queue.Generation > silence.Generation)
        {
            Tell(silence.Turn, silence.Generation, wasCut: true);
            return;
        }

        _at.Queue.Cut(silence.Generation + 1);
        _at.Cutting = silence;
    }

    private void Down()
    {
        _at.Queue = null;
        _at.Frames.Clear();
        if (_at.Cutting is { } cutting)
        {
            _at.Cutting = null;
            Tell(cutting.Turn, cutting.Generation, wasCut: true);
        }
    }

    private void Tell(int turn, int generation, bool wasCut)
    {
        var last = _at.Queue?.LastCut is { } cut && cut.Generation == generation ? cut : _at.Position;
        var mine = last.Generation == generation;
        var samples = mine && _at.IsHeard(last.TurnSamples) ? last.TurnSamples : 0;
        var frames = (int)(samples / AudioFormat.FrameSamples);
        Wire.Tell(Wire.Context, new PartMessages.HeardInAll(
            turn,
            generation,
            frames,
            samples > 0 ? _at.First : null,
            samples > 0 ? _at.Last : null,
            mine ? last.Underruns - _at.UnderrunsBefore : 0,
            wasCut));
    }
}
