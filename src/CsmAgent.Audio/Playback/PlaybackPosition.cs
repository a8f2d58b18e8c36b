namespace CsmAgent.Audio.Playback;

/// <summary>Where playback stands, in the counters of the device. Delayed by the output latency it is the heard position.</summary>
/// <param name="Generation">The generation the frames below belong to; 0 before anything was played.</param>
/// <param name="Frames">Frames of that generation rendered to their last sample: the index of the frame now playing, or of the next.</param>
/// <param name="SampleInFrame">Samples of frame <paramref name="Frames"/> rendered, 0 to 1919.</param>
/// <param name="LiveGeneration">The generation the renderer accepts; when it is newer than <paramref name="Generation"/>,
/// the cut has been applied and the position of the older generation is final.</param>
/// <param name="RenderedSamples">All samples handed to the device since it started, silence included.</param>
/// <param name="IsAudible">Whether speech (or its fade) was in the last samples rendered.</param>
/// <param name="IsHeld">Whether playback stands at a frame edge because a pause was asked for.</param>
/// <param name="Underruns">Times playback ran dry within a generation and went on later; a pause does not count.</param>
/// <param name="UnderrunSamples">Samples of silence those underruns put into the speech.</param>
public readonly record struct PlaybackPosition(
    int Generation,
    int Frames,
    int SampleInFrame,
    int LiveGeneration,
    long RenderedSamples,
    bool IsAudible,
    bool IsHeld,
    int Underruns,
    long UnderrunSamples)
{
    /// <summary>Samples of the generation's speech rendered.</summary>
    public long TurnSamples => ((long)Frames * AudioFormat.FrameSamples) + SampleInFrame;
}
