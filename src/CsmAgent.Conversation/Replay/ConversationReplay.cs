using System.Text.Json;
using CsmAgent.Audio;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Replay;

/// <summary>Replays a recorded conversation through the turn machine, in virtual time.</summary>
public static class ConversationReplay
{
    /// <summary>The name of the log that is replayed, beside <c>conversation.jsonl</c>.</summary>
    public const string FileName = TurnLog.FileName;

    // No conversation is longer than a year, no run of even ticks longer than a day of blocks of 10 ms: a damaged number must
    // not be counted to.
    private const long LastSample = 366L * 24 * 3600 * AudioFormat.SampleRateHz;
    private const int MostTicks = 24 * 3600 * 100;

    /// <summary>Replays a log.</summary>
    /// <param name="path">A <c>turns.jsonl</c>.</param>
    /// <exception cref="InvalidDataException">The file is not a log; the message names the line.</exception>
    public static ReplayResult Run(string path)
    {
        var (state, trace) = (new TurnState(), new TurnTrace());
        TurnPolicy? policy = null;
        TurnLogEnd? end = null;
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            try
            {
                if (policy is null)
                {
                    var source = JsonSerializer.Deserialize<TurnPolicySource>(line) ?? throw new JsonException("the line is null");
                    (policy, state) = (source.Make(), source.Begin());
                }
                else if (line.StartsWith("{\"Ticks\":", StringComparison.Ordinal))
                {
                    var run = JsonSerializer.Deserialize<TickRun>(line)!;
                    if (run.Ticks is < 1 or > MostTicks || run.Step is < 0 or > LastSample)
                    {
                        throw new JsonException($"{run.Ticks} ticks every {run.Step} samples; expected 1 to {MostTicks} and no step back");
                    }

                    for (var i = 0; i < run.Ticks; i++)
                    {
                        state = Step(state, new Tick(run.From + (i * run.Step)), policy, trace);
                    }
                }
                else if (line.StartsWith("{\"Steps\":", StringComparison.Ordinal))
                {
                    end = JsonSerializer.Deserialize<TurnLogEnd>(line);
                }
                else
                {
                    state = Step(state, JsonSerializer.Deserialize<TurnEvent>(line)!, policy, trace);
                }
            }
            catch (Exception e) when (e is JsonException or NotSupportedException or NullReferenceException)
            {
                throw new InvalidDataException($"{path}, line {number} is not part of a replay log: {e.Message}", e);
            }
        }

        return new ReplayResult(
            trace.Steps, TimeSpan.FromSeconds((double)state.Now / AudioFormat.SampleRateHz), trace.Hash(), end?.Hash, end?.Lost ?? 0);
    }

    private static TurnState Step(TurnState state, TurnEvent e, TurnPolicy policy, TurnTrace trace)
    {
        if (e.At is < 0 or > LastSample)
        {
            throw new JsonException($"an event at sample {e.At}; expected 0 to {LastSample}");
        }

        var step = TurnMachine.Step(state, e, policy);
        trace.Add(step);
        return step.State;
    }
}
