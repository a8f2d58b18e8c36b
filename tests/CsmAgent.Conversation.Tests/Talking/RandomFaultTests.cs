using Akka.Actor;
using CsmAgent.Audio;
using CsmAgent.Audio.Devices;
using CsmAgent.Conversation.Actors;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Tests.Fakes;
using CsmAgent.Conversation.Turns;
using Xunit.Abstractions;

namespace CsmAgent.Conversation.Tests.Talking;

/// <summary>Any part and any engine is killed, stalled, flooded and fed garbage at random moments while a conversation runs: somebody
/// is heard again within two seconds, every turn is answered, and what is remembered is what was heard.</summary>
public sealed class RandomFaultTests(ITestOutputHelper output)
{
    private const int Faults = 3;

    /// <summary>How long a voice may take for its first words is learnt from the first reply: faults come after it began.</summary>
    private const long First = 3 * AudioFormat.SampleRateHz;
    private const long Last = 12 * AudioFormat.SampleRateHz;

    private static readonly string[] Parts = ["turn", "context", "playback", "synthesis", "reply", "recognition", "encoding", "capture"];
    private static readonly string[] Words = ["what time is it", "tell me about the weather", "how are you today", "what is my name"];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 24)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Whatever_happens_the_voice_is_back_and_nothing_is_stuck(int seed)
    {
        var random = new Random(seed);
        await using var desk = new Desk { Time = new VirtualTime(TimeSpan.FromMilliseconds(10)), GiveUp = TimeSpan.FromSeconds(6) };
        desk.Options.ReplyTimeoutSeconds = 2;
        desk.Engines.CanSpeculate = random.Next(2) == 0;
        desk.Engines.Answer = (request, _) => FakeEngines.Say($"You said {request.UserText}. ", "Is there more?");
        foreach (var words in Words)
        {
            desk.User(words, seconds: 1.2);
        }

        // A part that is killed while it hears ends the utterance there: the rest is another one, with words of its own.
        for (var i = 0; i < Faults; i++)
        {
            desk.Engines.Heard.Enqueue("and so on");
        }

        var plan = Enumerable.Range(0, Faults)
            .Select(_ => (At: random.NextInt64(First, Last), Do: Fault(random, desk)))
            .OrderBy(fault => fault.At)
            .ToArray();
        WatchedTalker? talker = null;
        var next = 0;
        desk.OpenDevice = () => desk.Device(DevicePace.Virtual(desk.Time!.WaitAsync), null, user => talker = new WatchedTalker(user, now =>
        {
            while (next < plan.Length && now >= plan[next].At)
            {
                output.WriteLine($"{(double)now / AudioFormat.SampleRateHz:0.00} s: {plan[next].Do.Name}");
                plan[next++].Do.Act();
            }
        }));

        await desk.TalkAsync();

        var (silence, from) = talker!.LongestSilence;
        output.WriteLine($"longest silence {(double)silence / AudioFormat.SampleRateHz:0.00} s from {(double)from / AudioFormat.SampleRateHz:0.00} s");
        var last = desk.Of<ConversationEvents.AgentTurnEnded>().LastOrDefault();
        // A voice that breaks before its first frame of the last turn is apologised for: that is the voice back, too.
        Assert.True(last is { WasInterrupted: false } && (last.HeardText.EndsWith("Is there more?", StringComparison.Ordinal) || last.HeardText == TurnMoves.Apology), desk.Story());
        Assert.True(silence <= 2 * AudioFormat.SampleRateHz, $"{silence / (double)AudioFormat.SampleRateHz:0.00} s of silence\n{desk.Story()}");
        Assert.Equal(TurnPhase.Listening, desk.Of<ConversationEvents.PhaseChanged>().Last().To);
        Consistent(desk);
    }

    // What the last request was told is what the events say was heard, in order, each once.
    private static void Consistent(Desk desk)
    {
        var heard = new List<(int Turn, int Generation, string Text)>();
        foreach (var e in desk.Of<ConversationEvent>())
        {
            switch (e)
            {
                // The later commit of a turn that went on counts.
                case ConversationEvents.UserTurnEnded user:
                    heard.RemoveAll(turn => turn.Generation == 0 && turn.Turn == user.Turn);
                    heard.Add((user.Turn, 0, user.Text));
                    break;
                case ConversationEvents.AgentTurnEnded { HeardText.Length: > 0 } agent:
                    heard.Add((agent.Turn, agent.Generation, agent.HeardText));
                    break;
            }
        }

        var history = desk.Engines.LastRequest!.History.Select(turn => turn.Text).ToArray();
        Assert.Equal(history, heard.Select(turn => turn.Text).Take(history.Length));
        Assert.Equal(heard.Count, heard.Distinct().Count());
    }

    private static (string Name, Action Act) Fault(Random random, Desk desk)
    {
        var part = Parts[random.Next(Parts.Length)];
        var actor = desk.System.ActorSelection($"/user/conversation-conversation/{part}");
        return random.Next(5) switch
        {
            0 or 1 => ($"{part} killed", () => actor.Tell(Kill.Instance, ActorRefs.NoSender)),
            2 => ($"{part} flooded", () => Flood(actor)),
            3 => Broken(random, desk.Engines),
            _ => Garbage(random, desk.Engines),
        };
    }

    // Old, doubled and meaningless messages, as a part that has lost its mind would send them.
    private static void Flood(ActorSelection actor)
    {
        var old = new AgentReply(0, 0, "", null, false, new PendingWork());
        for (var i = 0; i < 500; i++)
        {
            foreach (var message in (object[])[
                new FrameGenerated(0, 0, i), new SpeechComplete(0, 0, i, Failed: true), new Played(0, 0, i, 0), new FinalHeard(0, 0, "old"),
                new VoiceStarted(0, 0, 0), new PartMessages.FrameWanted(0, 1000), new PartMessages.TextOver(old, true), new PartMessages.Release(0),
                new PartMessages.FrameMade(0, i, new float[1920], new CodeFrame(new[] { 1 }), 0, "old", 1), new PartMessages.UtteranceText(-1, "old"),
                "nonsense", i])
            {
                actor.Tell(message, ActorRefs.NoSender);
            }
        }
    }

    private static (string Name, Action Act) Broken(Random random, FakeEngines engines)
    {
        var stalls = random.Next(2) == 0;
        Task Once(Action disarm)
        {
            disarm();
            if (!stalls)
            {
                throw new EngineException("It broke.");
            }

            engines.Stalled.Set();
            return Task.Delay(Timeout.Infinite, CancellationToken.None);
        }

        var how = stalls ? "stalled" : "broken";
        return random.Next(3) switch
        {
            0 => ($"recogniser {how}", () => engines.BeforeHearing = () => Once(() => engines.BeforeHearing = null)),
            1 => ($"codec {how}", () => engines.BeforeEncoding = () => Once(() => engines.BeforeEncoding = null)),
            _ => ($"voice {how}", () => engines.BeforeFrame = (_, _) => Once(() => engines.BeforeFrame = null)),
        };
    }

    private static (string Name, Action Act) Garbage(Random random, FakeEngines engines) => random.Next(4) switch
    {
        0 => ("garbage recognised", () => engines.Mangle = text =>
        {
            engines.Mangle = same => same;
            return $"\0\u0007\uD800 {text} \u001b[2J";
        }),
        1 => ("garbage codes", () => engines.Codes = frame =>
        {
            engines.Codes = same => new CodeFrame(new[] { same % 2048, 7 });
            return new CodeFrame(new[] { -1, 70_000, 3 });
        }),
        2 => ("no numbers in the voice", () => engines.Sound = _ =>
        {
            engines.Sound = FakeEngines.Loud;
            return [.. Enumerable.Repeat(float.NaN, 1920)];
        }),
        _ => ("half a frame in the voice", () => engines.Sound = _ =>
        {
            engines.Sound = FakeEngines.Loud;
            return new float[960];
        }),
    };
}
