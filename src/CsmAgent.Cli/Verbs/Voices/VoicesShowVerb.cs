using System.CommandLine;
using CsmAgent.Audio;
using CsmAgent.Audio.Analysis;
using CsmAgent.Engines.Voices;

namespace CsmAgent.Cli.Verbs.Voices;

/// <summary>Shows one voice: its manifest and what is measured of its recordings.</summary>
internal sealed class VoicesShowVerb : Verb
{
    private readonly Argument<string> _name = new("name") { Description = "A folder in voices/." };

    public VoicesShowVerb(Shell shell)
        : base(shell, "show", "Shows a voice: its manifest and what is measured of its recordings.", "voices show warm") =>
        Arguments.Add(_name);

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var pack = new VoiceLibrary(Path.Combine(Shell.Root, "voices")).Find(arguments.GetRequiredValue(_name));
        Shell.Out.Profile.Out.Writer.Write(VoicePackFile.Format(pack));
        foreach (var segment in pack.Segments)
        {
            var samples = VoicePackFile.ReadAudio(pack, segment);
            var profile = VoiceProfile.Of(samples);
            Shell.Line(
                $"{segment.Audio}: {samples.Length / (double)AudioFormat.SampleRateHz:0.0} s, {VoicePackFile.Frames(samples.Length)} of {RecordingCheck.ContextPositions} positions, "
                + $"pitch {profile.MedianPitchHz:0} Hz, tilt {profile.TiltDbPerOctave:0.0} dB/octave, level {profile.SpeechDb:0.0} dBFS");
        }

        return Task.FromResult(ExitCode.Ok);
    }
}
