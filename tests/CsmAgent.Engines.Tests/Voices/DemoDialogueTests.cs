using CsmAgent.Audio;
using CsmAgent.Audio.Analysis;
using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Dialogue;
using CsmAgent.Conversation.Dialogue.Captions;
using CsmAgent.Conversation.Dialogue.Script;
using CsmAgent.Engines.Speaking.Flite;
using CsmAgent.Engines.Voices;
using CsmAgent.TestSupport;

namespace CsmAgent.Engines.Tests.Voices;

/// <summary>The demonstration that ships, made for real and measured.</summary>
[Trait("Category", "Native")]
[Trait("Category", "Slow")]
public sealed class DemoDialogueTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("demo").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Captions_lie_within_a_frame_of_the_sound_and_every_line_has_its_voice()
    {
        var folder = Path.Combine(Fixtures.Repository, "voices");
        var script = DialogueParser.Parse(
            await File.ReadAllTextAsync(Path.Combine(folder, "dialogue-demo.txt")), ScriptFormat.Plain, "the demo");
        var output = Path.Combine(_folder, "demo.wav");
        var listener = new Listener();

        var result = await new DialogueRenderer(new FliteSynthesizer("slt", new NoCodec(), new VoiceLibrary(folder)), TimeProvider.System).RenderAsync(
            script, new DialogueSettings(output, ["warm", "deep", "clear"]) { HasStems = true }, null, listener, CancellationToken.None);

        Assert.Equal(30, script.Lines.Count);
        Assert.Empty(result.Warnings);
        var (runs, rightVoice) = (0, 0);
        foreach (var (speaker, i) in script.Speakers.Select((speaker, i) => (speaker.Name, i)))
        {
            var stem = WavFile.Read(Path.ChangeExtension(output, $".{i}-{speaker}.wav")).Interleaved;
            foreach (var (start, end) in Stretches(listener.Cues.Where(cue => cue.Speaker == speaker)))
            {
                var from = (int)Math.Max(0, start - 3_000);
                var near = stem.AsSpan(from, (int)Math.Min(stem.Length, end + 3_000) - from);
                var sound = SpeechExtent.Find(near);
                Assert.InRange(from + sound.Start - start, -AudioFormat.FrameSamples, AudioFormat.FrameSamples);
                Assert.InRange(from + sound.End - end, -AudioFormat.FrameSamples, AudioFormat.FrameSamples);

                // Warm, deep and clear lie near 145, 80 and 160 Hz.
                var pitch = PitchTrack.Of(near).MedianHz;
                rightVoice += (speaker == "Ben") == (pitch < 115) ? 1 : 0;
                runs++;
            }
        }

        Assert.InRange(rightVoice / (double)runs, 0.95, 1);
    }

    private static IEnumerable<(long Start, long End)> Stretches(IEnumerable<CaptionCue> cues)
    {
        var list = cues.ToList();
        for (var first = 0; first < list.Count;)
        {
            var last = first;
            while (last + 1 < list.Count && list[last + 1].StartSample == list[last].EndSample)
            {
                last++;
            }

            yield return (list[first].StartSample, list[last].EndSample);
            first = last + 1;
        }
    }

    private sealed class Listener : IDialogueListener
    {
        public List<CaptionCue> Cues { get; } = [];

        public ValueTask HearAsync(long firstSample, ReadOnlyMemory<float> samples, IReadOnlyList<CaptionCue> cues, CancellationToken cancellationToken)
        {
            Cues.AddRange(cues);
            return ValueTask.CompletedTask;
        }
    }
}
