using Akka.Actor;
using CsmAgent.Audio;
using CsmAgent.Audio.Playback;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Actors;

/// <summary>Stands at the loudspeaker's queue: lets released frames in, asks for the next ones, ducks, holds and cuts, and says
/// what was played. What the device took, and nothing else, was heard.</summary>
internal sealed class PlaybackActor(ConversationWire wire) : ConversationPart(wire, "playback")
{
    private readonly Queue<PartMessages.FrameMade> _frames = new();
    private readonly float _ducked = (float)Math.Pow(10, wire.Options.BargeIn.DuckDecibels / 20);
    private PlaybackQueue? _queue;
    private PlaybackPosition _position;
    private int _generation;
    private int _released;
    private int _granted;
    private int _told;
    private long _played;
    private long? _first;
    private long _last;
    private int _underrunsBefore;
    private PartMessages.Silence? _cutting;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PartMessages.BlockPassed passed:
                Passed(passed);
                break;
            case PartMessages.FrameMade frame when frame.Generation >= _generation:
                Follow(frame.Generation);
                _frames.Enqueue(frame);
                Feed();
                break;
            case PartMessages.Release release:
                Follow(release.Generation);
                _released = Math.Max(_released, release.Generation);
                _queue?.Resume();
                Feed();
                break;
            case PartMessages.DuckVoice:
                _queue?.Duck(_ducked);
                break;
            case PartMessages.HoldVoice:
                _queue?.Pause();
                break;
            case PartMessages.FreeVoice:
                _queue?.Resume();
                break;
            case PartMessages.Silence silence:
                Silence(silence);
                break;
            case PartMessages.Finished finished:
                Tell(finished.Turn, finished.Generation, wasCut: false);
                break;
            case PartMessages.DeviceUp up:
                (_queue, _position, _underrunsBefore) = (up.Port.Playback, up.Port.Playback.Position, 0);
                break;
            case PartMessages.DeviceDown:
                Down();
                break;
            case PartMessages.Close:
                _queue?.Cut(int.MaxValue);
                Sender.Tell(new PartMessages.LetGo());
                break;
        }
    }

    protected override void PreStart()
    {
        if (Wire.DevicePort is { } up)
        {
            (_queue, _position) = (up.Port.Playback, up.Port.Playback.Position);
            (_generation, _released) = (_queue.Generation, _queue.Generation);
        }
    }

    protected override void PreRestart(Exception reason, object message)
    {
        // Frames that waited here are lost: the reply ends where it stands.
        if (_cutting is null && _generation > 0 && Wire.LiveReply?.Generation == _generation)
        {
            Wire.Tell(Wire.Turn, new StopRequested(Wire.Now));
        }

        base.PreRestart(reason, message);
    }

    // A reply's first sign: its frames are counted from here.
    private void Follow(int generation)
    {
        if (generation <= _generation)
        {
            return;
        }

        _frames.Clear();
        (_generation, _granted, _told, _played, _first) = (generation, Wire.Options.FramesAhead, 0, 0, null);
    }

    private void Passed(PartMessages.BlockPassed passed)
    {
        _position = passed.Position;
        if (_cutting is { } cutting && _position.LiveGeneration > cutting.Generation)
        {
            _cutting = null;
            Tell(cutting.Turn, cutting.Generation, wasCut: true);
        }

        Progress(passed.Start);
        Feed();
    }

    private void Progress(long blockStart)
    {
        if (_position.Generation != _generation || _position.TurnSamples == 0 || _generation == 0)
        {
            return;
        }

        // The first block that holds a sample of the reply: count back from its end.
        if (_first is null)
        {
            _first = blockStart + AudioBlockLength - Math.Min(AudioBlockLength, _position.TurnSamples);
            _underrunsBefore = _position.Underruns;
        }

        if (_position.TurnSamples > _played)
        {
            (_played, _last) = (_position.TurnSamples, blockStart + AudioBlockLength);
            Wire.Tell(Wire.Turn, new Played(Wire.Now, _generation, _played, _first.Value));
        }

        if (_position.Frames > _told)
        {
            _told = _position.Frames;
            Wire.Tell(Wire.Context, new PartMessages.HeardSoFar(Wire.TurnNumber, _generation, _told));
        }

        var begun = _position.Frames + (_position.SampleInFrame > 0 ? 1 : 0);
        var wanted = begun + Wire.Options.FramesAhead - _granted;
        if (wanted > 0)
        {
            _granted += wanted;
            Wire.Tell(Wire.Synthesis, new PartMessages.FrameWanted(_generation, wanted));
        }
    }

    private int AudioBlockLength => Wire.DevicePort?.Port.BlockSamples ?? 0;

    private void Feed()
    {
        while (_queue is not null && _released >= _generation && _frames.TryPeek(out var frame))
        {
            if (_queue.TryEnqueue(frame.Samples.Span, frame.Generation, frame.Index) == EnqueueResult.Full)
            {
                return;
            }

            _frames.Dequeue();
        }
    }

    private void Silence(PartMessages.Silence silence)
    {
        Follow(silence.Generation);
        _frames.Clear();
        if (_queue is null || _queue.Generation > silence.Generation)
        {
            Tell(silence.Turn, silence.Generation, wasCut: true);
            return;
        }

        _queue.Cut(silence.Generation + 1);
        _cutting = silence;
    }

    private void Down()
    {
        _queue = null;
        _frames.Clear();
        if (_cutting is { } cutting)
        {
            _cutting = null;
            Tell(cutting.Turn, cutting.Generation, wasCut: true);
        }
    }

    private void Tell(int turn, int generation, bool wasCut)
    {
        var last = _queue?.LastCut is { } cut && cut.Generation == generation ? cut : _position;
        var mine = last.Generation == generation;
        var samples = mine ? last.TurnSamples : 0;
        var frames = (int)(samples / AudioFormat.FrameSamples);
        Wire.Tell(Wire.Context, new PartMessages.HeardInAll(
            turn,
            generation,
            frames,
            samples > 0 ? _first : null,
            samples > 0 ? _last : null,
            mine ? last.Underruns - _underrunsBefore : 0,
            wasCut));
    }
}
