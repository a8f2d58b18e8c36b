using CsmAgent.Audio;
using CsmAgent.Audio.Analysis;

namespace CsmAgent.Engines.Voices;

/// <summary>Examines a recording that is to become a voice's prompt.</summary>
public static class RecordingCheck
{
    /// <summary>Positions of the context of every CSM model.</summary>
    public const int ContextPositions = 2_048;

    private const double ShortestSeconds = 2;
    private const double GoodFromSeconds = 5;
    private const double GoodToSeconds = 15;
    private const double LeastVoicedShare = 0.15;

    /// <summary>Lists what is wrong; empty when all is well.</summary>
    /// <param name="samples">24 kHz mono, as recorded.</param>
    /// <param name="transcript">What is said in it; null when not known yet.</param>
    public static IReadOnlyList<RecordingFinding> Of(ReadOnlySpan<float> samples, string? transcript = null)
    {
        var extent = SpeechExtent.Find(samples);
        var speech = samples.Slice(extent.Start, extent.Length);
        var level = LevelReport.Of(samples);
        if (extent.IsEmpty || level.SpeechDb < -55)
        {
            return [Impossible($"There is no speech in it: the louder half lies at {level.SpeechDb:0} dBFS. Check the microphone and record again.")];
        }

        var findings = new List<RecordingFinding>();
        CheckLength(speech.Length, transcript, findings);
        CheckLevel(level, samples.Length, findings);
        CheckVoice(PitchTrack.Of(speech), findings);
        return findings;
    }

    private static void CheckLength(int samples, string? transcript, List<RecordingFinding> findings)
    {
        var seconds = samples / (double)AudioFormat.SampleRateHz;
        var positions = VoicePackFile.Frames(samples) + 1 + ((transcript?.Length ?? 0) / 3) + 5;
        if (positions > ContextPositions / 2)
        {
            findings.Add(Impossible($"It has {seconds:0.0} s of speech, which takes about {positions} of the context's {ContextPositions} positions and leaves too little to talk. Cut it to {GoodToSeconds:0} s."));
        }
        else if (seconds < ShortestSeconds)
        {
            findings.Add(Fault($"It has {seconds:0.0} s of speech; under {ShortestSeconds:0} s the model cannot tell the voice. Record {GoodFromSeconds:0} to {GoodToSeconds:0} s."));
        }
        else if (seconds is < GoodFromSeconds or > GoodToSeconds)
        {
            findings.Add(Advice($"It has {seconds:0.0} s of speech; {GoodFromSeconds:0} to {GoodToSeconds:0} s are best."));
        }
    }

    private static void CheckLevel(LevelReport level, int samples, List<RecordingFinding> findings)
    {
        if (level.ClippedSamples > samples / 1_000)
        {
            findings.Add(Fault($"{level.ClippedSamples} samples are clipped: it was too loud for the microphone. Record again further away or with less gain."));
        }
        else if (level.ClippedSamples > 0)
        {
            findings.Add(Advice($"{level.ClippedSamples} samples are clipped; a little less gain would be better."));
        }

        if (level.SpeechDb < -40)
        {
            findings.Add(Advice($"It is quiet ({level.SpeechDb:0} dBFS); it will be raised, and its noise with it."));
        }

        if (level.SignalToNoiseDb < 12)
        {
            findings.Add(Fault($"The speech is only {level.SignalToNoiseDb:0} dB above what remains between words; 25 dB and more are good. Record in a quieter place, or leave short pauses."));
        }
        else if (level.SignalToNoiseDb < 25)
        {
            findings.Add(Advice($"The speech is {level.SignalToNoiseDb:0} dB above the noise; 25 dB and more are better."));
        }
    }

    private static void CheckVoice(PitchTrack track, List<RecordingFinding> findings)
    {
        if (track.VoicedShare < LeastVoicedShare)
        {
            findings.Add(Fault($"Only {track.VoicedShare:P0} of it is voiced; speech has {LeastVoicedShare:P0} and more. Is it a voice at all?"));
        }
        else if (SpeakerCount.FindTwo(track) is { } two)
        {
            findings.Add(Fault($"It sounds like two people ({two.LowerHz:0} Hz and {two.HigherHz:0} Hz). A voice needs one: cut the other out."));
        }
    }

    private static RecordingFinding Advice(string message) => new(FindingSeverity.Advice, message);

    private static RecordingFinding Fault(string message) => new(FindingSeverity.Fault, message);

    private static RecordingFinding Impossible(string message) => new(FindingSeverity.Impossible, message);
}
