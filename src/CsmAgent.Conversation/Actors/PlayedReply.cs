using CsmAgent.Audio.Measurement;
using CsmAgent.Audio.Playback;

namespace CsmAgent.Conversation.Actors;

/// <summary>What stands at the loudspeaker's queue: the reply, its frames that wait, and how far it was played. Outlives the part that
/// works with it, so that its restart is not heard.</summary>
internal sealed class PlayedReply
{
    private bool _isAudible;

    /// <summary>Frames that may not sound yet, or found no room.</summary>
    public Queue<PartMessages.FrameMade> Frames { get; } = new();

    /// <summary>The device's queue; null while there is none.</summary>
    public PlaybackQueue? Queue { get; set; }

    public PlaybackPosition Position { get; set; }

    public int Generation { get; private set; }

    /// <summary>The newest generation that may sound.</summary>
    public int Released { get; set; }

    /// <summary>Frames that were asked for.</summary>
    public int Granted { get; set; }

    /// <summary>Frames told to the context as heard.</summary>
    public int Told { get; set; }

    /// <summary>Samples told to the turn as played.</summary>
    public long Played { get; set; }

    /// <summary>Samples at the reply's beginning before anything can be heard, as far as it was made: a listener does not call them an answer.</summary>
    public int SilentLead { get; private set; }

    /// <summary>Where on the conversation's counter the reply began; null before.</summary>
    public long? First { get; set; }

    /// <summary>Where it ended so far.</summary>
    public long Last { get; set; }

    public int UnderrunsBefore { get; set; }

    /// <summary>A cut that the device has not confirmed yet.</summary>
    public PartMessages.Silence? Cutting { get; set; }

    /// <summary>Whether somebody at the loudspeaker has heard of the reply once this much of it was played; one that is silent to its end
    /// counts as heard there.</summary>
    public bool IsHeard(long playedSamples) => _isAudible ? playedSamples > SilentLead : playedSamples >= SilentLead;

    /// <summary>Another reply: its frames are counted from here.</summary>
    public void Begin(int generation, int granted)
    {
        Frames.Clear();
        (Generation, Granted, Told, Played, First) = (generation, granted, 0, 0, null);
        (SilentLead, _isAudible) = (0, false);
    }

    /// <summary>Listens to the next frame of the reply, as somebody at the loudspeaker would.</summary>
    public void Listen(ReadOnlySpan<float> frame)
    {
        if (!_isAudible)
        {
            var at = MouthToEar.FirstAudibleSample(frame, 0);
            (SilentLead, _isAudible) = (SilentLead + (at < 0 ? frame.Length : at), at >= 0);
        }
    }
}
