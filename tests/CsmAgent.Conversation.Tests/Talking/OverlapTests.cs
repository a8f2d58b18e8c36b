using CsmAgent.Audio;
using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Streams;
using CsmAgent.Conversation.Tests.Fakes;
using CsmAgent.TestSupport;
using Xunit.Abstractions;

namespace CsmAgent.Conversation.Tests.Talking;

/// <summary>Scenes of overlapping speech from the recorded turns, through the real ear: the situations of Full-Duplex-Bench v1.5.
/// The recogniser is given; SCENES sets how many scenes of each kind are played, 3 by default.</summary>
[Trait("Category", "Slow")]
public sealed class OverlapTests(ITestOutputHelper output)
{
    private const string Story = "Once upon a time there was a small robot who lived in a house by the sea and every morning it went for a walk along the beach.";

    private static readonly Lazy<float[]> Voice = new(() => [.. Read("076-open.wav"), .. Read("074-open.wav")]);

    private static readonly string[] Murmurs = ["", "a", "them", "mm", "huh"];

    // The canceller finds the room in the agent's first second of speech; what is heard meanwhile counts as echo.
    private const double EchoLearnt = 1.2;

    private static int Count => int.Parse(Environment.GetEnvironmentVariable("SCENES") ?? "3");

    [Fact]
    public async Task Interruptions_are_taken()
    {
        var taken = 0;
        for (var seed = 0; seed < Count; seed++)
        {
            var turns = Recordings(intent => intent is "interrupt" or "time" or "timer" or "joke");
            await using var desk = await SceneAsync(seed, turns, quietest: -6, loudest: 3, text => text);
            var isTaken = desk.Of<ConversationEvents.AgentTurnEnded>().First().WasInterrupted;
            taken += isTaken ? 1 : 0;
            if (!isTaken)
            {
                output.WriteLine($"scene {seed} was missed:\n{desk.Story()}");
            }

        }

        output.WriteLine($"interruptions taken: {taken} of {Count}");
        Assert.True(taken >= 0.95 * Count, $"{taken} of {Count}");
    }

    [Fact]
    public async Task Backchannels_do_not_cut_the_agent_off()
    {
        var cut = 0;
        for (var seed = 0; seed < Count; seed++)
        {
            var random = new Random(seed);
            await using var desk = await SceneAsync(
                seed, Recordings(intent => intent == "backchannel"), quietest: -6, loudest: 3,
                text => text is "Mm hmm." or "Uh huh." ? Murmurs[random.Next(Murmurs.Length)] : text);
            cut += desk.Of<ConversationEvents.AgentTurnEnded>().First().WasInterrupted ? 1 : 0;
        }

        output.WriteLine($"backchannels that cut the agent off: {cut} of {Count}");
        Assert.True(cut <= 0.05 * Count, $"{cut} of {Count}");
    }

    [Fact]
    public async Task Speech_in_the_background_does_not_cut_the_agent_off()
    {
        var cut = 0;
        for (var seed = 0; seed < Count; seed++)
        {
            var turns = Recordings(intent => intent is "open" or "small-talk" or "note");
            await using var desk = await SceneAsync(seed, turns, quietest: -30, loudest: -18, text => text);
            cut += desk.Of<ConversationEvents.AgentTurnEnded>().First().WasInterrupted ? 1 : 0;
        }

        output.WriteLine($"background speech that cut the agent off: {cut} of {Count}");
        Assert.True(cut <= 0.05 * Count, $"{cut} of {Count}");
    }

    // The user asks for a story and hears it; somebody says something over it.
    private static async Task<Desk> SceneAsync(int seed, (string File, string Text)[] turns, double quietest, double loudest, Func<string, string> heardAs)
    {
        var random = new Random(7000 + seed);
        var (file, text) = turns[random.Next(turns.Length)];
        var gain = (float)Math.Pow(10, (quietest + (random.NextDouble() * (loudest - quietest))) / 20);
        var desk = new Desk { OpenEar = RoomEar.Open, SilenceAtEnd = TimeSpan.FromSeconds(0.6), GiveUp = TimeSpan.FromSeconds(2) };
        desk.Says("tell me a story", Read("018-story.wav"), TurnStart.AgentSilent, after: 0.3);
        desk.Says(heardAs(text), Array.ConvertAll(Read(file), sample => sample * gain), TurnStart.AgentSpeaking, after: EchoLearnt + (2 * random.NextDouble()));
        desk.Engines.Sound = frame => [.. Enumerable.Range(0, AudioFormat.FrameSamples).Select(i => Voice.Value[((frame * AudioFormat.FrameSamples) + i) % Voice.Value.Length])];
        desk.OpenDevice = () => desk.Device(
            DevicePace.Virtual(desk.Time!.WaitAsync),
            new VirtualDeviceOptions { Room = SimulatedRoom.Create(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(200), levelDb: -12, seed: seed) });
        desk.Engines.Answer = (request, _) => FakeEngines.Say(request.UserText == "tell me a story" ? Story : "All right.");
        await desk.TalkAsync();
        return desk;
    }

    private static (string File, string Text)[] Recordings(Func<string, bool> ofIntent) =>
        [.. File.ReadLines(Path.Combine(Fixtures.Repository, "voices", "desk-turns", "manifest.tsv")).Skip(1).Select(line => line.Split('\t'))
            .Where(fields => ofIntent(fields[1]) && !fields[0].Contains("pauses", StringComparison.Ordinal)).Select(fields => (fields[0], fields[2]))];

    private static float[] Read(string file) => WavFile.Read(Path.Combine(Fixtures.Repository, "voices", "desk-turns", file)).ToHouseFormat();
}
