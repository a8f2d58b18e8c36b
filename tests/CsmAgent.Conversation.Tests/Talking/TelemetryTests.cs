using System.Diagnostics;
using System.Diagnostics.Metrics;
using CsmAgent.Audio;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Telemetry;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Talking;

/// <summary>Listens to the whole process, so nothing else talks beside it.</summary>
[Collection("Alone")]
public sealed class TelemetryTests
{
    [Fact]
    public async Task A_turn_is_one_trace_with_a_span_for_every_stage_and_a_measurement_each()
    {
        List<Activity> spans = [];
        using var traces = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ConversationTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                lock (spans)
                {
                    spans.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(traces);
        Dictionary<string, List<double>> measured = [];
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == ConversationTelemetry.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
        meters.Start();
        await using var desk = new Desk { Engines = { CanSpeculate = true } }.User("what time is it");

        await desk.TalkAsync();

        var latency = Assert.Single(desk.Of<ConversationEvents.TurnLatency>());
        await Until(() => spans.Count == 6);
        var turn = Assert.Single(spans, span => span.OperationName == "turn");
        Assert.Equal((1, 1), (turn.GetTagItem("turn"), turn.GetTagItem("generation")));
        foreach (var (stage, samples) in new (string, long?)[]
        {
            ("end-of-turn", latency.EndOfTurn), ("text", latency.Text), ("first-token", latency.FirstToken),
            ("first-frame", latency.FirstFrame), ("first-sound", latency.FirstSound),
        })
        {
            var span = Assert.Single(spans, span => span.OperationName == stage);
            Assert.Equal((turn.SpanId, turn.StartTimeUtc), (span.ParentSpanId, span.StartTimeUtc));
            Assert.Equal(Milliseconds(samples), span.Duration.TotalMilliseconds, 0.01);
            Assert.Equal([Milliseconds(samples)], measured[$"turn.stage stage={stage}"]);
        }

        Assert.Equal([Milliseconds(latency.MouthToEar)], measured["turn.mouth_to_ear"]);
        await Until(() => measured.ContainsKey("turn.count ended=spoken"));
        Assert.Equal([1], measured["turn.count ended=spoken"]);
        Assert.Equal([2], measured["speculation.frames kept=True"]);

        void Note(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var key = tags.Length == 0 ? name : $"{name} {tags[0].Key}={tags[0].Value}";
            lock (spans)
            {
                (measured.TryGetValue(key, out var all) ? all : measured[key] = []).Add(value);
            }
        }

        async Task Until(Func<bool> there)
        {
            for (var tries = 0; tries < 200 && !Locked(there); tries++)
            {
                await Task.Delay(10);
            }

            Assert.True(Locked(there), string.Join('\n', spans.Select(span => span.OperationName)));
        }

        bool Locked(Func<bool> there)
        {
            lock (spans)
            {
                return there();
            }
        }
    }

    private static double Milliseconds(long? samples) => samples!.Value * 1000.0 / AudioFormat.SampleRateHz;
}
