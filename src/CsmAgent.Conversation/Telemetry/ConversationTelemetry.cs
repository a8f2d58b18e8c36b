using System.Diagnostics;
using System.Diagnostics.Metrics;
using CsmAgent.Audio;
using CsmAgent.Conversation.Protocol;

namespace CsmAgent.Conversation.Telemetry;

/// <summary>Turns a conversation's events into traces and metrics of the base class library; an exporter of OpenTelemetry picks them
/// up by <see cref="Name"/>. Tags are few and never name a conversation.</summary>
public static class ConversationTelemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "CsmAgent.Conversation";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Histogram<double> MouthToEar = Meter.CreateHistogram<double>("turn.mouth_to_ear", "ms", "Last voiced user sample to first agent sample at the DAC.");
    private static readonly Histogram<double> Stage = Meter.CreateHistogram<double>("turn.stage", "ms", "Last voiced user sample to the end of a stage.");
    private static readonly Histogram<double> Silence = Meter.CreateHistogram<double>("bargein.to_silence", "ms", "Ducking to the last agent sample.");
    private static readonly Counter<long> Turns = Meter.CreateCounter<long>("turn.count", null, "Agent turns by how they ended.");
    private static readonly Counter<long> Resumed = Meter.CreateCounter<long>("bargein.undone", null, "Interruptions that were none.");
    private static readonly Counter<long> TakenBack = Meter.CreateCounter<long>("turn.taken_back", null, "Answers to turns that the user went on with.");
    private static readonly Counter<long> Underruns = Meter.CreateCounter<long>("audio.underruns", null, "Times the loudspeaker ran dry inside a reply.");
    private static readonly Counter<long> Speculation = Meter.CreateCounter<long>("speculation.frames", null, "Frames generated before the turn was surely over.");
    private static readonly Counter<long> Troubles = Meter.CreateCounter<long>("trouble.count", null, "Failures told to people, by stage.");

    /// <summary>Follows one conversation until its events end.</summary>
    internal static async Task FollowAsync(IAsyncEnumerable<ConversationEvent> events, TimeProvider time)
    {
        var ducked = 0L;
        await foreach (var e in events.ConfigureAwait(false))
        {
            switch (e)
            {
                case ConversationEvents.TurnLatency latency:
                    Latency(latency, time.GetUtcNow());
                    break;
                case ConversationEvents.AgentDucked:
                    ducked = e.AtSample;
                    break;
                case ConversationEvents.AgentResumed:
                    Resumed.Add(1);
                    break;
                case ConversationEvents.AnswerTakenBack:
                    TakenBack.Add(1);
                    break;
                case ConversationEvents.AgentTurnEnded ended:
                    Turns.Add(1, new KeyValuePair<string, object?>("ended", ended.WasInterrupted ? "cut" : "spoken"));
                    Underruns.Add(ended.Underruns);
                    if (ended is { WasInterrupted: true, LastPlayedSample: { } last } && ducked > 0)
                    {
                        Silence.Record(Milliseconds(Math.Max(0, last - ducked)));
                    }

                    ducked = 0;
                    break;
                case ConversationEvents.SpeculationEnded speculation:
                    Speculation.Add(speculation.Frames, new KeyValuePair<string, object?>("kept", speculation.WasKept));
                    break;
                case ConversationEvents.Trouble trouble:
                    Troubles.Add(1, new KeyValuePair<string, object?>("stage", trouble.Stage));
                    break;
            }
        }
    }

    private static void Latency(ConversationEvents.TurnLatency latency, DateTimeOffset now)
    {
        if (latency.MouthToEar is { } all)
        {
            MouthToEar.Record(Milliseconds(all));
        }

        // The sample counter tells how long ago the zero was.
        var zero = now - TimeSpan.FromMilliseconds(Milliseconds(latency.AtSample - latency.LastVoicedSample));
        using var turn = Source.StartActivity("turn", ActivityKind.Internal, parentContext: default, startTime: zero);
        turn?.SetTag("turn", latency.Turn);
        turn?.SetTag("generation", latency.Generation);
        foreach (var (name, samples) in new (string, long?)[]
        {
            ("end-of-turn", latency.EndOfTurn), ("text", latency.Text), ("first-token", latency.FirstToken),
            ("first-frame", latency.FirstFrame), ("first-sound", latency.FirstSound),
        })
        {
            if (samples is not { } until)
            {
                continue;
            }

            Stage.Record(Milliseconds(until), new KeyValuePair<string, object?>("stage", name));
            using var part = Source.StartActivity(name, ActivityKind.Internal, turn?.Context ?? default, startTime: zero);
            part?.SetEndTime((zero + TimeSpan.FromMilliseconds(Milliseconds(until))).UtcDateTime);
        }

        turn?.SetEndTime((zero + TimeSpan.FromMilliseconds(Milliseconds(latency.FirstSound ?? 0))).UtcDateTime);
    }

    private static double Milliseconds(long samples) => samples * 1000.0 / AudioFormat.SampleRateHz;
}
