using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Echo;
using CsmAgent.Audio.Files;
using CsmAgent.Audio.Measurement;
using CsmAgent.Audio.Playback;
using CsmAgent.Audio.VoiceActivity;
using CsmAgent.TestSupport;
using Xunit.Abstractions;

namespace CsmAgent.Audio.Tests.Echo;

/// <summary>The whole front end at once: loudspeaker, room, microphone, echo canceller, voice activity, playback control.</summary>
[Trait("Category", "Native")]
public sealed class BargeInThroughARoomTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("054-interrupt.wav", 0)]
    [InlineData("056-interrupt.wav", 0)]
    [InlineData("058-interrupt.wav", -6)]
    public async Task A_person_who_speaks_over_the_agent_silences_it_within_120_milliseconds(string interruption, double levelDb)
    {
        var agent = WavFile.Read(Fixtures.Path("speech", "passage-1688.wav")).ToHouseFormat();
        Scale(agent, SpeechLevel.GainTo(agent, -26));
        var person = WavFile.Read(Path.Combine(Fixtures.Repository, "voices", "desk-turns", interruption)).ToHouseFormat();
        Scale(person, SpeechLevel.GainTo(person, -26 + levelDb));
        var talker = new TurnTalker([new(interruption, person, TurnStart.Time, TimeSpan.FromSeconds(9.5))], giveUp: TimeSpan.FromSeconds(1));
        var room = SimulatedRoom.Create(TimeSpan.FromMilliseconds(60), TimeSpan.FromMilliseconds(300));

        var playback = new PlaybackQueue();
        var port = new AudioPort(playback);
        using var canceller = new EchoCanceller();
        var vad = new VoiceActivityDetector();
        var (block, clean, recording) = (new AudioBlock(), new float[240], new List<float>());
        var (frame, onset) = (0, -1L);
        await using var device = new VirtualDevice("room", talker, DevicePace.Virtual((_, _) =>
        {
            while (port.TryRead(block))
            {
                recording.AddRange(block.Played);
                canceller.Process(block.Captured, block.Played, clean);
                if (vad.Process(clean).Edge == VoiceEdge.Onset && onset < 0)
                {
                    onset = block.Clock.CapturedSamples + 240;
                    playback.Cut(1);
                }
            }

            while (onset < 0 && (frame + 1) * AudioFormat.FrameSamples <= agent.Length
                && playback.TryEnqueue(agent.AsSpan(frame * AudioFormat.FrameSamples, AudioFormat.FrameSamples), 0, frame) == EnqueueResult.Queued)
            {
                frame++;
            }

            return ValueTask.CompletedTask;
        }), new() { Room = room });
        device.Start(port);
        await device.Completion.WaitAsync(TimeSpan.FromMinutes(1));

        var voiced = talker.StartOf(0) + FirstVoiced(person);
        var silent = MouthToEar.LastVoicedSample(recording.ToArray()) + 1;
        output.WriteLine($"first voiced sample {voiced / 24_000.0:0.000} s, onset seen {(onset - voiced) / 24.0:0} ms later, silent {(silent - voiced) / 24.0:0} ms later; heard to frame {playback.LastCut.Frames}");
        Assert.True(onset > voiced - 480, "the agent interrupted itself");
        Assert.InRange((silent - voiced) / 24.0, -20, 120);
        Assert.Equal(0, playback.QueuedFrames);
        Assert.InRange(playback.LastCut.TurnSamples, onset - 9_600, onset);
    }

    private static int FirstVoiced(float[] samples)
    {
        var loudest = samples.Max(Math.Abs);
        return Array.FindIndex(samples, sample => Math.Abs(sample) > 0.05f * loudest);
    }

    private static void Scale(float[] samples, float gain)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] *= gain;
        }
    }
}
