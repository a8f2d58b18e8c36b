using CsmAgent.Audio;
using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Files;
using CsmAgent.Audio.Measurement;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Streams;
using CsmAgent.Conversation.Tests.Fakes;
using CsmAgent.TestSupport;
using Xunit.Abstractions;

namespace CsmAgent.Conversation.Tests.Talking;

/// <summary>The counters' answer times against a measurement from outside, which knows nothing but one recording of both sides and the
/// dry sound of each: correlation finds them in it.</summary>
[Trait("Category", "Slow")]
public sealed class LoopbackTests(ITestOutputHelper output)
{
    private const int InputLatency = 517;
    private const int OutputLatency = 1_103;
    private const double AgreementMs = 10;

    [Fact]
    public async Task Mouth_to_ear_by_the_devices_counters_is_what_correlation_finds_outside()
    {
        await using var desk = new Desk { OpenEar = RoomEar.Open };
        (string File, float[] Sound)[] turns = [.. Recordings().Where((_, i) => i % 6 == 0)];
        foreach (var (file, sound) in turns)
        {
            desk.Says(file, sound, TurnStart.AgentSilent, after: 0.6);
        }

        // Every answer is the same words, with the silence before them that recordings have.
        var answer = Read("074-open.wav");
        var begun = 0;
        desk.Engines.Answer = (_, _) =>
        {
            begun = desk.Engines.FramesSpoken;
            return FakeEngines.Say("It is as long as this one.");
        };
        desk.Engines.Sound = frame => [.. answer.Skip((frame - begun) * AudioFormat.FrameSamples).Take(AudioFormat.FrameSamples)];
        LoopbackTalker? loop = null;
        desk.OpenDevice = () => desk.Device(
            DevicePace.Virtual(desk.Time!.WaitAsync),
            new VirtualDeviceOptions
            {
                InputLatencySamples = InputLatency,
                OutputLatencySamples = OutputLatency,
                Room = SimulatedRoom.Create(TimeSpan.FromSeconds((InputLatency + OutputLatency + 100) / (double)AudioFormat.SampleRateHz), TimeSpan.FromMilliseconds(300), levelDb: -12),
            },
            talker => loop = new LoopbackTalker(talker, InputLatency, OutputLatency));

        await desk.TalkAsync();

        var counted = desk.Of<ConversationEvents.TurnLatency>().Select(turn => ConversationEvents.TurnLatency.Milliseconds(turn.MouthToEar)!.Value).ToArray();
        Assert.True(turns.Length == counted.Length, desk.Story());
        var (outside, from) = (loop!.Outside, 0);
        for (var i = 0; i < turns.Length; i++)
        {
            var mouth = Find(turns[i].Sound, outside, from) + MouthToEar.LastVoicedSample(turns[i].Sound);
            var spoken = answer[..AudioFormat.SampleRateHz];
            var ear = Find(spoken, outside, mouth) + MouthToEar.FirstAudibleSample(spoken, 0);
            var found = (ear - mouth) * 1000.0 / AudioFormat.SampleRateHz;
            output.WriteLine($"{turns[i].File}: outside {found:0.0} ms, counters {counted[i] - found:+0.0;-0.0} ms");
            Assert.True(Math.Abs(counted[i] - found) <= AgreementMs, $"{turns[i].File}: {found:0.0} ms outside, {counted[i]:0.0} ms by the counters");
            from = ear;
        }
    }

    private static int Find(float[] sound, float[] outside, int from)
    {
        const int Search = 3 * AudioFormat.SampleRateHz;
        var region = outside.AsSpan(from, Math.Min(Search + sound.Length, outside.Length - from));
        var found = CrossCorrelation.FindDelay(sound, region, Search);
        Assert.True(found.Correlation > 0.9, $"{found} from {from}");
        return from + found.DelaySamples;
    }

    // Said without a pause inside: with one, the answer may come in between.
    private static IEnumerable<(string File, float[] Sound)> Recordings() =>
        File.ReadLines(Path.Combine(Fixtures.Repository, "voices", "desk-turns", "manifest.tsv")).Skip(1).Select(line => line.Split('\t'))
            .Where(fields => fields[1] is not ("backchannel" or "interrupt") && !fields[4].Contains(',')).Select(fields => (fields[0], AsUsual(Read(fields[0]))));

    private static float[] AsUsual(float[] sound)
    {
        var gain = SpeechLevel.GainTo(sound, targetDb: -26);
        return Array.ConvertAll(sound, sample => sample * gain);
    }

    private static float[] Read(string file) => WavFile.Read(Path.Combine(Fixtures.Repository, "voices", "desk-turns", file)).ToHouseFormat();
}
