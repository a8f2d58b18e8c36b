namespace CsmAgent.Audio.Analysis;

/// <summary>What distinguishes voices, in numbers.</summary>
/// <param name="MedianPitchHz">Median pitch; 0 when nothing is voiced.</param>
/// <param name="PitchRangeSemitones">From the 10th to the 90th percentile of pitch.</param>
/// <param name="TiltDbPerOctave">Slope of the average spectrum; more negative is darker.</param>
/// <param name="SpeechDb">Level of the speech without its pauses, dBFS.</param>
/// <param name="SpeechSeconds">Time from the first to the last audible moment.</param>
public sealed record VoiceProfile(
    double MedianPitchHz, double PitchRangeSemitones, double TiltDbPerOctave, double SpeechDb, double SpeechSeconds)
{
    /// <summary>Measures a recording of one speaker.</summary>
    /// <param name="samples">24 kHz mono.</param>
    public static VoiceProfile Of(ReadOnlySpan<float> samples)
    {
        var extent = SpeechExtent.Find(samples);
        var speech = samples.Slice(extent.Start, extent.Length);
        var track = PitchTrack.Of(speech);
        var voiced = track.Hertz.Where(hertz => hertz > 0).Order().ToList();
        var range = voiced.Count < 10 ? 0 : 12 * Math.Log2(voiced[voiced.Count * 9 / 10] / voiced[voiced.Count / 10]);
        return new VoiceProfile(
            track.MedianHz, range, Spectrum.TiltDbPerOctave(speech), LevelReport.Of(speech).SpeechDb, speech.Length / (double)AudioFormat.SampleRateHz);
    }
}
