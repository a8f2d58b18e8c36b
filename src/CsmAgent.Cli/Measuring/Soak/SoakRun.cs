using System.Diagnostics;
using CsmAgent.Audio;
using CsmAgent.Audio.Devices;
using CsmAgent.Conversation;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Replay;
using CsmAgent.Engines.Bench;

namespace CsmAgent.Cli.Measuring.Soak;

/// <summary>One long conversation, and what it left: underruns, trouble, memory, cost, and whether it replays.</summary>
/// <param name="factory">Makes conversations.</param>
/// <param name="engines">The agent's engines.</param>
/// <param name="openEar">The ear; null for the real one.</param>
internal sealed class SoakRun(IConversationFactory factory, ConversationEngines engines, Func<Conversation.Ports.IEar>? openEar)
{
    private readonly List<double> _mouthToEar = [];
    private readonly List<string> _troubles = [];
    private readonly MemoryTrend _realMemory = new();
    private long _length;
    private int _replies;
    private int _cut;
    private int _underruns;
    private int _wastedFrames;
    private int _keptFrames;

    /// <summary>What went wrong, in the conversation's own words.</summary>
    public IReadOnlyList<string> Troubles => _troubles;

    /// <summary>Talks until the time is over.</summary>
    /// <param name="turns">What the user says.</param>
    /// <param name="length">How long.</param>
    /// <param name="isRealTime">At a sound card's pace; otherwise in virtual time.</param>
    /// <param name="folder">Takes recording and logs.</param>
    /// <param name="progress">Told once a minute of the conversation.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<BenchReport> RunAsync(
        IReadOnlyList<RecordedTurn> turns, TimeSpan length, bool isRealTime, string folder, Action<string> progress, CancellationToken cancellationToken)
    {
        var time = new VirtualTime();
        var clock = new SoakClock(time, isRealTime ? TimeSpan.Zero : length);
        var pace = isRealTime ? DevicePace.RealTime : DevicePace.Virtual(clock.WaitAsync);
        // The real ear hears a room with the agent's echo, and noise: a microphone without any is reported as switched off.
        var options = new VirtualDeviceOptions
        {
            Room = openEar is null ? LivingRoom.Create(echoDb: -12) : null,
        };
        var setup = new ConversationSetup(() => new VirtualDevice("soak", new TurnTalker(turns, TimeSpan.FromSeconds(6)), pace, options), engines)
        {
            ConversationId = "soak",
            OpenEar = openEar,
            VirtualTime = isRealTime ? null : time,
            OutputFolder = folder,
            JournalFolder = folder,
        };
        var began = Stopwatch.GetTimestamp();
        var conversation = factory.Create(setup);
        await using (conversation.ConfigureAwait(false))
        {
            var events = conversation.Subscribe(100_000);
            await conversation.StartAsync(cancellationToken).ConfigureAwait(false);
            await FollowAsync(conversation, events, (long)(length.TotalSeconds * AudioFormat.SampleRateHz), isRealTime, progress, cancellationToken).ConfigureAwait(false);
            await conversation.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return Report(isRealTime ? _realMemory : clock.Memory, clock.FrameMs, Stopwatch.GetElapsedTime(began), folder);
    }

    private async Task FollowAsync(
        IConversation conversation, IAsyncEnumerable<ConversationEvent> events, long until, bool isRealTime, Action<string> progress, CancellationToken cancellationToken)
    {
        var nextMinute = 60L * AudioFormat.SampleRateHz;
        await foreach (var e in events.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            _length = Math.Max(_length, e.AtSample);
            Count(e);
            if (_length >= nextMinute)
            {
                if (isRealTime)
                {
                    _realMemory.Weigh(_length);
                }

                nextMinute += 60L * AudioFormat.SampleRateHz;
                progress($"{_length / AudioFormat.SampleRateHz / 60} min: {_replies} replies, {_underruns} underruns, {_troubles.Count} troubles, {Environment.WorkingSet / 1e6:0} MB");
            }

            if (_length >= until)
            {
                until = long.MaxValue;
                _ = conversation.StopAsync(CancellationToken.None);
            }
        }
    }

    private void Count(ConversationEvent happened)
    {
        switch (happened)
        {
            case ConversationEvents.AgentTurnEnded ended:
                _replies++;
                _cut += ended.WasInterrupted ? 1 : 0;
                _underruns += ended.Underruns;
                break;
            case ConversationEvents.TurnLatency { MouthToEar: { } samples }:
                _mouthToEar.Add(samples * 1000.0 / AudioFormat.SampleRateHz);
                break;
            case ConversationEvents.SpeculationEnded early:
                _ = early.WasKept ? _keptFrames += early.Frames : _wastedFrames += early.Frames;
                break;
            case ConversationEvents.Trouble trouble:
                _troubles.Add($"{trouble.AtSample / (double)AudioFormat.SampleRateHz:0.0} s {trouble.Stage}: {trouble.Message}");
                break;
        }
    }

    private BenchReport Report(MemoryTrend memory, IReadOnlyList<double> frameMs, TimeSpan took, string folder)
    {
        var minutes = (double)_length / AudioFormat.SampleRateHz / 60;
        var report = new BenchReport($"A conversation of {minutes:0} minutes with {engines.Synthesizer.Name}, held in {took.TotalSeconds:0} s.");
        report.Add("minutes", minutes, "min");
        report.Add("replies", _replies);
        report.Add("cut", _cut);
        report.Add("underruns", _underruns, "", "0");
        report.Add("troubles", _troubles.Count, "", "0");
        report.Add("speculation.keptFrames", _keptFrames);
        report.Add("speculation.wastedFrames", _wastedFrames);
        if (_mouthToEar.Count > 0)
        {
            report.AddPercentiles("mouthToEarMs", _mouthToEar, "ms");
        }

        if (memory.Count >= 6)
        {
            var (managed, resident) = (memory.SlopePerHour(resident: false), memory.SlopePerHour(resident: true));
            report.Add("memory.managed", memory.Last.Managed, "MB");
            report.Add("memory.managedSlope", managed.Slope, "MB/h", "0");
            report.Add("memory.managedSlopeError", managed.Error, "MB/h");
            report.Add("memory.resident", memory.Last.Resident, "MB");
            report.Add("memory.residentSlope", resident.Slope, "MB/h", "0");
            report.Add("memory.residentSlopeError", resident.Error, "MB/h");
        }

        if (frameMs.Count > 200)
        {
            // The first frames compile what the rest runs.
            report.AddPercentiles("processorMsPerFrame", frameMs.Skip(frameMs.Count / 10), "ms");
        }

        Replay(report, Path.Combine(folder, ConversationReplay.FileName), minutes);
        return report;
    }

    private static void Replay(BenchReport report, string path, double minutes)
    {
        var began = Stopwatch.GetTimestamp();
        var first = ConversationReplay.Run(path);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        report.Add("replay.secondsPerTenMinutes", seconds * 10 / minutes, "s", "<= 20");
        report.Add("replay.isIdentical", first.IsIdentical && ConversationReplay.Run(path) == first ? 1 : 0, "", "1");
        report.Add("replay.lostEvents", first.LostEvents, "", "0");
    }
}
