using CsmAgent.Audio;
using CsmAgent.Conversation.Streams;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Streams;

public sealed class UtteranceCutterTests
{
    [Fact]
    public void An_utterance_is_whole_frames_on_the_grid_from_a_little_before_its_onset()
    {
        var parts = Cut(silenceBefore: 1.03, speech: 1);

        var start = Assert.IsType<UtteranceStart>(parts[0]);
        Assert.Equal((long)(1.03 * AudioFormat.SampleRateHz), start.FirstVoiced);
        var frames = parts.OfType<UtteranceAudio>().Where(audio => audio.Samples.Length == AudioFormat.FrameSamples).ToArray();
        var end = Assert.IsType<UtteranceEnd>(parts[^1]);
        Assert.InRange(end.LastVoiced - start.FirstVoiced, AudioFormat.SampleRateHz - 2, AudioFormat.SampleRateHz);
        Assert.InRange(end.VoicedFrames, 13, frames.Length);

        // The first frame starts on the grid, at most one frame and the margin before the onset, and holds silence at first.
        var silent = frames.SelectMany(frame => frame.Samples).TakeWhile(sample => sample == 0).Count();
        Assert.InRange(silent, AudioFormat.SampleRateHz / 10, (AudioFormat.SampleRateHz / 10) + AudioFormat.FrameSamples);
        Assert.Equal(0, (start.FirstVoiced - silent) % AudioFormat.FrameSamples);
    }

    [Fact]
    public void Speech_at_the_very_beginning_and_utterances_close_together_lose_nothing()
    {
        for (var silence = 0.0; silence < 0.5; silence += 0.07)
        {
            var parts = Cut(silence, speech: 0.6);
            var voiced = parts.OfType<UtteranceAudio>().SelectMany(audio => audio.Samples).Count(sample => sample != 0);

            Assert.InRange(voiced, (int)(0.6 * AudioFormat.SampleRateHz) - 400, (int)(0.6 * AudioFormat.SampleRateHz));
        }
    }

    private static List<UtterancePart> Cut(double silenceBefore, double speech)
    {
        float[] sound =
        [
            .. new float[(int)(silenceBefore * AudioFormat.SampleRateHz)],
            .. Desk.Tone(speech),
            .. new float[AudioFormat.SampleRateHz],
        ];
        var utterance = 0;
        using var ear = new LevelEar();
        var cutter = new UtteranceCutter(ear, () => ++utterance);
        var parts = new List<UtterancePart>();
        for (var at = 0; at + 240 <= sound.Length; at += 240)
        {
            parts.AddRange(cutter.Hear(new CapturedBlock(sound[at..(at + 240)], new float[240], at, default, default)).Parts);
        }

        Assert.Equal(1, utterance);
        return parts;
    }
}
