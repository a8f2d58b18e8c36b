using CsmAgent.Audio;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Replay;
using CsmAgent.Conversation.Tests.Fakes;
using Xunit.Abstractions;

namespace CsmAgent.Conversation.Tests.Talking;

/// <summary>Measures memory, so nothing else runs beside it.</summary>
[CollectionDefinition("Alone", DisableParallelization = true)]
public sealed class Alone;

[Collection("Alone")]
[Trait("Category", "Slow")]
public sealed class SoakTests(ITestOutputHelper output) : IDisposable
{
    private const int Turns = 180;

    private readonly string _folder = Directory.CreateTempSubdirectory("soak").FullName;

    [Fact]
    public async Task Ten_minutes_lose_no_turn_keep_memory_flat_and_replay_bit_for_bit()
    {
        await using var desk = new Desk { OutputFolder = _folder, JournalFolder = _folder };
        for (var i = 0; i < Turns; i++)
        {
            // Every seventh turn interrupts, every fifth only says "mhm".
            _ = (i % 7, i % 5) switch
            {
                (3, _) => desk.Interrupts("stop this is wrong", seconds: 1.2, after: 0.8),
                (_, 2) => desk.Interrupts("mhm", seconds: 0.4, after: 0.5),
                _ => desk.User($"question {i}"),
            };
        }

        desk.Engines.Answer = (request, _) => FakeEngines.Say($"You said {request.UserText}, and that is all there is to it.");
        var conversation = desk.Create();
        var events = conversation.Subscribe(100_000);
        await conversation.StartAsync();
        var (ended, underruns, length) = (0, 0, 0L);
        var memory = new List<(double Minute, long Bytes)>();
        await foreach (var e in events)
        {
            length = e.AtSample;
            if (e is ConversationEvents.AgentTurnEnded turn)
            {
                ended++;
                underruns += turn.Underruns;
                if (ended % 10 == 0)
                {
                    memory.Add(((double)e.AtSample / AudioFormat.SampleRateHz / 60, GC.GetTotalMemory(forceFullCollection: true)));
                }
            }

            Assert.IsNotType<ConversationEvents.Trouble>(e);
        }

        var minutes = (double)length / AudioFormat.SampleRateHz / 60;
        output.WriteLine($"{minutes:0.0} minutes, {ended} replies; MB by minute: {string.Join(", ", memory.Select(m => $"{m.Minute:0.0}: {m.Bytes / 1e6:0.00}"))}");
        Assert.InRange(minutes, 8, 15);
        Assert.Equal(0, underruns);
        Assert.True(ended >= Turns * 3 / 4, $"{ended} of {Turns}");
        var half = memory.Skip(memory.Count / 2).ToArray();
        Assert.True(half[^1].Bytes - half[0].Bytes < 1_500_000, "memory grows");

        var replay = ConversationReplay.Run(Path.Combine(_folder, ConversationReplay.FileName));
        Assert.True(replay.IsIdentical, replay.ToString());
        Assert.Equal(replay, ConversationReplay.Run(Path.Combine(_folder, ConversationReplay.FileName)));
        Assert.Equal(minutes, replay.Length.TotalMinutes, 0.1);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
