using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Echo;
using CsmAgent.Audio.Files;
using CsmAgent.Audio.Resampling;
using CsmAgent.Audio.VoiceActivity;
using CsmAgent.TestSupport;
using Xunit.Abstractions;

namespace CsmAgent.Audio.Tests.Echo;

[Trait("Category", "Native")]
public sealed class EchoCancellerTests(ITestOutputHelper output)
{
    private const int Hop = EchoCanceller.HopSamples;

    [Fact]
    public void The_echo_of_the_agent_alone_is_24_decibels_down_after_four_seconds_and_stays_so_after_double_talk()
    {
        foreach (var suppress in new[] { false, true })
        {
            using var canceller = new EchoCanceller(new() { SuppressResidual = suppress });
            var (cleaned, _) = Run(canceller, Fixture("mic"), Fixture("far"));
            var mic = Fixture("mic");
            foreach (var (from, to, least) in new[] { (0.5, 2.0, 0.0), (2.0, 4.0, 0.0), (4.0, 10.0, 24.0), (6.0, 10.0, 24.0), (16.6, 20.0, 24.0) })
            {
                var erle = TestSignals.Db(Span(mic, from, to)) - TestSignals.Db(Span(cleaned, from, to));
                output.WriteLine($"suppressor {suppress}: {from} to {to} s: {erle:0.0} dB");
                Assert.True(erle >= least, $"{from} to {to} s: {erle:0.0} dB");
            }
        }
    }

    [Fact]
    public void The_person_is_heard_over_the_agent_and_the_agent_alone_is_not()
    {
        using var canceller = new EchoCanceller();
        var (cleaned, states) = Run(canceller, Fixture("mic"), Fixture("far"));
        var speech = Detect(cleaned);

        var falseHops = speech.Where((isSpeech, hop) => isSpeech && (In(hop, 2, 10.1) || In(hop, 16.6, 20))).Count();
        var labelled = Detect(Fixture("near"));
        var (heard, wanted) = (0, 0);
        for (var hop = 1_020; hop < 1_577; hop++)
        {
            wanted += labelled[hop] ? 1 : 0;
            heard += labelled[hop] && speech[Math.Min(speech.Length - 1, hop + 1)] ? 1 : 0;
        }

        var onset = Array.FindIndex(speech, 1_020, isSpeech => isSpeech);
        var nearOnset = Array.FindIndex(labelled, 1_020, isSpeech => isSpeech);
        var nearFlags = states.Take(1_010).Skip(400).Count(state => state.IsNearActive);
        output.WriteLine($"false speech hops {falseHops}; heard {(double)heard / wanted:P1} of the person; onset {(onset - nearOnset) * 10} ms after the dry voice's; near flags on echo alone {nearFlags}; delay {states[^1].DelaySamples}; converged at {Array.FindIndex(states, s => s.IsConverged) / 100.0} s");
        Assert.Equal(0, falseHops);
        Assert.True((double)heard / wanted > 0.85, $"{(double)heard / wanted:P1}");
        Assert.InRange(onset - nearOnset, -5, 10);
    }

    [Fact]
    public void A_person_with_headphones_is_heard_while_the_agent_speaks()
    {
        using var canceller = new EchoCanceller();
        var (cleaned, states) = Run(canceller, Fixture("near"), Fixture("far"));
        var (heard, wanted) = (Detect(cleaned).Skip(1_020).Take(550).Count(isSpeech => isSpeech), Detect(Fixture("near")).Skip(1_020).Take(550).Count(isSpeech => isSpeech));
        output.WriteLine($"heard {heard} hops of {wanted}; delay known {states[^1].IsDelayKnown}; level {TestSignals.Db(Span(cleaned, 10.2, 15.7)) - TestSignals.Db(Span(Fixture("near"), 10.2, 15.7)):0.0} dB");

        Assert.True(heard > 0.85 * wanted, $"heard {heard} hops of {wanted}; delay known {states[^1].IsDelayKnown}");
    }

    [Fact]
    public void A_person_alone_passes_unchanged_one_hop_late()
    {
        using var canceller = new EchoCanceller();
        var near = Fixture("near");

        var (cleaned, _) = Run(canceller, near, new float[near.Length]);

        // A high-pass at 30 Hz and rounding to 16 bits; nothing else may change.
        var expected = new float[near.Length];
        new DcNotch().Process(near, expected);
        var error = new float[near.Length - Hop];
        for (var i = 0; i < error.Length; i++)
        {
            error[i] = cleaned[i + canceller.LatencySamples] - expected[i];
        }

        output.WriteLine($"{TestSignals.Db(error):0.0} dBFS");
        Assert.True(TestSignals.Db(error) < -85, $"{TestSignals.Db(error):0.0} dBFS");
    }

    [Theory]
    [InlineData(30)]
    [InlineData(120)]
    [InlineData(320)]
    public void An_unknown_delay_is_found(int milliseconds)
    {
        using var canceller = new EchoCanceller();
        var far = Fixture("far");
        var room = SimulatedRoom.Create(TimeSpan.FromMilliseconds(milliseconds), TimeSpan.FromMilliseconds(250));
        var mic = Simulate(room, far, null);

        var (cleaned, states) = Run(canceller, mic, far);

        // The room hears a block of 10 ms late.
        var expected = ((milliseconds + 10) * 24) - 192;
        var found = Array.FindIndex(states, state => state.IsDelayKnown);
        var erle = TestSignals.Db(Span(mic, 5, 13)) - TestSignals.Db(Span(cleaned, 5, 13));
        output.WriteLine($"{milliseconds} ms: found {states[^1].DelaySamples} (expected {expected}) after {found / 100.0} s, ERLE {erle:0.0} dB");
        Assert.InRange(states[^1].DelaySamples, expected - 48, expected + 48);
        Assert.True(found < 400);
        Assert.True(erle > 24, $"{erle:0.0} dB");
    }

    [Fact]
    public void A_delay_that_jumps_is_followed()
    {
        using var canceller = new EchoCanceller();
        var far = Loop(Fixture("far"), 2);
        var (first, second) = (SimulatedRoom.Create(TimeSpan.FromMilliseconds(60), TimeSpan.FromMilliseconds(200)), SimulatedRoom.Create(TimeSpan.FromMilliseconds(140), TimeSpan.FromMilliseconds(200)));
        var half = far.Length / 2;
        float[] mic = [.. Simulate(first, far[..half], null), .. Simulate(second, far[half..], null)];

        var (cleaned, states) = Run(canceller, mic, far);

        Assert.InRange(states[half / Hop - 1].DelaySamples, (70 * 24) - 192 - 48, (70 * 24) - 192 + 48);
        Assert.InRange(states[^1].DelaySamples, (150 * 24) - 192 - 48, (150 * 24) - 192 + 48);
        var erle = TestSignals.Db(Span(mic, 28, 33)) - TestSignals.Db(Span(cleaned, 28, 33));
        output.WriteLine($"ERLE after the jump {erle:0.0} dB");
        Assert.True(erle > 20, $"{erle:0.0} dB");
    }

    [Theory]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(-60)]
    public void A_microphone_with_a_clock_of_its_own_does_not_hear_the_agent(double partsPerMillion)
    {
        using var canceller = new EchoCanceller();
        var far = Loop(Fixture("far"), 3);
        var drifting = new Resampler(24_000, 24_000, adjustable: true);
        drifting.Adjust(partsPerMillion);
        var mic = new float[far.Length + 240];
        drifting.Process(Simulate(SimulatedRoom.Create(TimeSpan.FromMilliseconds(80), TimeSpan.FromMilliseconds(300)), far, null), mic);
        mic = mic[..far.Length];

        var (cleaned, states) = Run(canceller, mic, far);

        var (early, late) = (Erle(5, 15), Erle(20, 58));
        output.WriteLine($"ERLE {early:0.0} dB, {late:0.0} dB from 20 s on; false speech {Detect(cleaned).Count(isSpeech => isSpeech)} hops; delay {states[500].DelaySamples} to {states[^1].DelaySamples}");
        Assert.True(late > 24, $"{late:0.0} dB");
        Assert.DoesNotContain(true, Detect(cleaned));

        double Erle(double from, double to) => TestSignals.Db(Span(mic, from, to)) - TestSignals.Db(Span(cleaned, from, to));
    }

    [Fact]
    public void With_headphones_a_person_is_heard_half_a_second_after_the_agents_first_word()
    {
        using var canceller = new EchoCanceller();
        var far = Fixture("far")[12_000..];
        var near = Fixture("near")[(int)(10.2 * 24_000)..(int)(12.2 * 24_000)];
        var mic = TestSignals.Noise(24_000 * 5, 3).Select(sample => sample * 0.001f).ToArray();
        const int Begins = (int)(1.6 * 24_000);
        for (var i = 0; i < near.Length; i++)
        {
            mic[Begins + i] += near[i];
        }

        var (cleaned, _) = Run(canceller, mic, [.. new float[24_000], .. far[..(4 * 24_000)]]);

        var (heard, dry) = (Detect(cleaned), Detect(mic));
        output.WriteLine($"first heard at {Array.IndexOf(heard, true)}, dry {Array.IndexOf(dry, true)}; {heard.Count(h => h)} hops of {dry.Count(h => h)}");
        Assert.InRange(Array.IndexOf(heard, true), 0, Array.IndexOf(dry, true) + 4);
    }

    [Fact]
    public void Who_cuts_in_just_before_the_room_is_learnt_is_heard()
    {
        var far = Fixture("far");
        var near = Levelled(Fixture("near")[(int)(10.2 * 24_000)..(int)(12.2 * 24_000)]);
        using var undisturbed = new EchoCanceller();
        var learnt = Array.FindIndex(Run(undisturbed, Simulate(Room(), far, null), far).States, state => state.IsConverged);
        var talk = new float[far.Length];
        near.CopyTo(talk, (learnt - 10) * Hop);
        using var canceller = new EchoCanceller();

        var (cleaned, states) = Run(canceller, Simulate(Room(), far, talk), far);

        var (heard, dry) = (Detect(cleaned), Detect(talk));
        var both = heard.Zip(dry.Prepend(false), (a, b) => a && b).Count(hop => hop);
        output.WriteLine($"learnt at {learnt} alone, {Array.FindIndex(states, state => state.IsConverged)} disturbed; heard from {Array.IndexOf(heard, true)}, dry {Array.IndexOf(dry, true)}; {both} hops of {dry.Count(hop => hop)}");
        Assert.InRange(Array.IndexOf(heard, true), Array.IndexOf(dry, true), Array.IndexOf(dry, true) + 12);
        Assert.True(both > 0.85 * dry.Count(hop => hop), $"{both} hops of {dry.Count(hop => hop)}");

        static SimulatedRoom Room() => SimulatedRoom.Create(TimeSpan.FromMilliseconds(80), TimeSpan.FromMilliseconds(300));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Ten_minutes_of_agent_speech_never_interrupt_themselves()
    {
        using var canceller = new EchoCanceller();
        var speech = Directory.GetFiles(Fixtures.Path("speech"), "*.wav").Order(StringComparer.Ordinal)
            .Where(file => !Path.GetFileName(file).StartsWith("noise", StringComparison.Ordinal) && !file.EndsWith("phone-dialogue.wav", StringComparison.Ordinal))
            .SelectMany(file => Levelled(WavFile.Read(file).ToHouseFormat()).Concat(new float[14_400])).ToArray();
        var room = SimulatedRoom.Create(TimeSpan.FromMilliseconds(80), TimeSpan.FromMilliseconds(300));
        var vad = new VoiceActivityDetector();
        var (mic, clean, far) = (new float[Hop], new float[Hop], new float[Hop]);
        var previous = new float[Hop];
        var (onsets, late) = (0, 0);
        for (var hop = 0; hop < 60_000; hop++)
        {
            for (var i = 0; i < Hop; i++)
            {
                far[i] = speech[((hop * Hop) + i) % speech.Length];
            }

            Array.Clear(mic);
            room.Process(mic, previous);
            canceller.Process(mic, far, clean);
            var onset = vad.Process(clean).Edge == VoiceEdge.Onset ? 1 : 0;
            onsets += onset;
            late += hop > 400 ? onset : 0;
            far.CopyTo(previous, 0);
        }

        output.WriteLine($"{onsets} onsets, {late} of them after 4 s");
        Assert.Equal(0, onsets);
    }

    [Fact]
    public void A_hop_allocates_nothing()
    {
        using var canceller = new EchoCanceller();
        var (mic, far, clean) = (TestSignals.Noise(Hop, 1), TestSignals.Noise(Hop, 2), new float[Hop]);
        for (var i = 0; i < 60; i++)
        {
            canceller.Process(mic, far, clean);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 120; i++)
        {
            canceller.Process(mic, far, clean);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static float[] Fixture(string name) => WavFile.Read(Fixtures.Path("voice-activity", "echo", "24k", name + ".wav")).ToHouseFormat();

    private static (float[] Cleaned, EchoState[] States) Run(EchoCanceller canceller, float[] mic, float[] far)
    {
        var cleaned = new float[mic.Length];
        var states = new List<EchoState>();
        for (var at = 0; at + Hop <= mic.Length; at += Hop)
        {
            states.Add(canceller.Process(mic.AsSpan(at, Hop), far.AsSpan(at, Hop), cleaned.AsSpan(at, Hop)));
        }

        return (cleaned, [.. states]);
    }

    private static float[] Simulate(SimulatedRoom room, float[] far, float[]? near)
    {
        var mic = near?.ToArray() ?? new float[far.Length];
        for (var at = 0; at + Hop <= mic.Length; at += Hop)
        {
            room.Process(mic.AsSpan(at, Hop), at == 0 ? new float[Hop] : far.AsSpan(at - Hop, Hop));
        }

        return mic;
    }

    private static bool[] Detect(float[] samples)
    {
        var vad = new VoiceActivityDetector();
        var speech = new bool[samples.Length / Hop];
        for (var hop = 0; hop < speech.Length; hop++)
        {
            speech[hop] = vad.Process(samples.AsSpan(hop * Hop, Hop)).IsSpeech;
        }

        return speech;
    }

    private static float[] Loop(float[] samples, int times) => [.. Enumerable.Repeat(samples, times).SelectMany(part => part)];

    private static float[] Levelled(float[] samples)
    {
        var gain = CsmAgent.Audio.Measurement.SpeechLevel.GainTo(samples, -26);
        return [.. samples.Select(sample => sample * gain)];
    }

    private static bool In(int hop, double from, double to) => hop >= from * 100 && hop < to * 100;

    private static ReadOnlySpan<float> Span(float[] samples, double from, double to) =>
        samples.AsSpan((int)(from * 24_000), (int)((to - from) * 24_000));
}
