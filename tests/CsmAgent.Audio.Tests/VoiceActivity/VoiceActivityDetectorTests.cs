using System.Globalization;
using CsmAgent.Audio.Files;
using CsmAgent.Audio.VoiceActivity;
using CsmAgent.TestSupport;
using Xunit.Abstractions;

namespace CsmAgent.Audio.Tests.VoiceActivity;

public sealed class VoiceActivityDetectorTests(ITestOutputHelper output)
{
    private const int Hop = VoiceActivityDetector.HopSamples;

    [Theory]
    [InlineData("scene-20db.wav", 0.94)]
    [InlineData("scene-10db.wav", 0.93)]
    [InlineData("scene-5db.wav", 0.90)]
    public void Speech_in_noise_is_found_as_labelled_and_soon(string scene, double agreementWanted)
    {
        var (decisions, edges) = Run(WavFile.Read(Fixtures.Path("voice-activity", scene)).ToHouseFormat(), new VoiceActivityDetector());
        var labels = Labels(scene);

        var agreeing = decisions.Where((speech, hop) => speech == IsLabelled(labels, hop * Hop)).Count();
        var agreement = (double)agreeing / decisions.Count;
        var onsets = labels.Select(label => Delay(decisions, label)).Order().ToArray();
        var median = onsets[onsets.Length / 2];
        var early = edges.Count(edge => edge.Edge == VoiceEdge.Onset && !labels.Any(label => edge.EdgeSample > label.Start - 2_400 && edge.EdgeSample < label.End + 2_400));

        output.WriteLine($"{scene}: agreement {agreement:P1}, onset median {median} ms, worst {onsets[^1]} ms, onsets more than 100 ms from any label {early}");
        Assert.True(agreement >= agreementWanted, $"agreement {agreement:P2}");
        Assert.True(median <= 100, $"median onset {median} ms");
    }

    [Fact]
    public void Edges_alternate_and_lie_in_the_past_near_the_labels()
    {
        const string Scene = "scene-20db.wav";
        var samples = WavFile.Read(Fixtures.Path("voice-activity", Scene)).ToHouseFormat();
        var (_, edges) = Run(samples, new VoiceActivityDetector());

        for (var i = 0; i < edges.Count; i++)
        {
            Assert.Equal(i % 2 == 0 ? VoiceEdge.Onset : VoiceEdge.Offset, edges[i].Edge);
            Assert.True(i == 0 || edges[i].EdgeSample > edges[i - 1].EdgeSample);
        }

        foreach (var (start, _) in Labels(Scene))
        {
            Assert.Contains(edges, edge => edge.Edge == VoiceEdge.Onset && Math.Abs(edge.EdgeSample - start) < 2_400);
        }
    }

    [Theory]
    [InlineData("noise-hum.wav")]
    [InlineData("noise-office.wav")]
    [InlineData("noise-typing.wav")]
    public void Noise_alone_is_hardly_ever_speech(string noise)
    {
        var (decisions, _) = Run(WavFile.Read(Fixtures.Path("speech", noise)).ToHouseFormat(), new VoiceActivityDetector());

        var share = (double)decisions.Count(speech => speech) / decisions.Count;
        output.WriteLine($"{noise}: {share:P1}");
        Assert.True(share < 0.05, $"{share:P1}");
    }

    [Fact]
    public void Recorded_turns_are_heard_from_start_to_end()
    {
        var folder = Path.Combine(Fixtures.Repository, "voices", "desk-turns");
        var (missed, turns) = (0, 0);
        foreach (var file in Directory.GetFiles(folder, "*.wav").Order(StringComparer.Ordinal).Where((_, i) => i % 4 == 0))
        {
            var speech = WavFile.Read(file).ToHouseFormat();
            var (_, edges) = Run([.. new float[12_000], .. speech, .. new float[12_000]], new VoiceActivityDetector());
            turns++;
            missed += edges.Any(edge => edge.Edge == VoiceEdge.Onset) ? 0 : 1;
            Assert.True(edges.Count % 2 == 0, $"{file}: speech never ended");
        }

        output.WriteLine($"{missed} of {turns} turns not heard");
        Assert.Equal(0, missed);
    }

    [Fact]
    public void Silence_and_values_that_are_not_numbers_are_no_speech()
    {
        var detector = new VoiceActivityDetector();
        var hop = new float[Hop];
        Array.Fill(hop, float.NaN);
        for (var i = 0; i < 200; i++)
        {
            var result = detector.Process(i % 2 == 0 ? hop : new float[Hop]);
            Assert.False(result.IsSpeech);
            Assert.True(float.IsFinite(result.Probability) && result.LevelDb == -100);
        }
    }

    [Fact]
    public void The_noise_floor_is_found_and_not_lifted_by_speech()
    {
        var noise = TestSignals.Noise(24_000 * 4, 9, 0.001 * Math.Sqrt(3));
        var speech = WavFile.Read(Fixtures.Path("speech", "harvard-a1.wav")).ToHouseFormat();
        var detector = new VoiceActivityDetector();
        var last = default(VoiceActivityResult);
        for (var at = 0; at + Hop <= noise.Length; at += Hop)
        {
            var hop = noise.AsSpan(at, Hop).ToArray();
            for (var i = 0; i < Hop && at + i >= 48_000 && at + i - 48_000 < speech.Length; i++)
            {
                hop[i] += speech[at + i - 48_000];
            }

            last = detector.Process(hop);
        }

        Assert.InRange(last.NoiseFloorDb, -64, -57);
    }

    [Fact]
    public void An_onset_is_seen_as_soon_wherever_it_falls_on_the_models_grid()
    {
        var turn = Turn("036-reminder-set.wav");
        int[] seen = [.. Enumerable.Range(0, 8).Select(shift => OnsetSeen([.. new float[12_000 + (shift * 96)], .. turn], isNear: false) - (shift * 96))];

        output.WriteLine(string.Join(' ', seen.Select(at => (at - 12_000) / 24)));
        Assert.True(seen.Max() - seen.Min() <= (768 / 3) + Hop, string.Join(' ', seen));
    }

    [Fact]
    public void Who_is_known_to_be_near_is_heard_from_the_consonant_on()
    {
        // "Stop": 120 ms of an s first, which alone is no voice.
        float[] stop = [.. new float[12_000], .. Turn("055-interrupt.wav")];

        var (far, near) = (OnsetSeen(stop, isNear: false), OnsetSeen(stop, isNear: true));

        output.WriteLine($"{(far - near) / 24} ms earlier");
        Assert.True(far - near >= 720, $"{far} {near}");
    }

    [Fact]
    public void A_hop_allocates_nothing()
    {
        var detector = new VoiceActivityDetector();
        var hop = TestSignals.Noise(Hop, 4);
        detector.Process(hop);
        detector.Process(hop);
        detector.Process(hop);
        detector.Process(hop);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            detector.Process(hop);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static float[] Turn(string file) => WavFile.Read(Path.Combine(Fixtures.Repository, "voices", "desk-turns", file)).ToHouseFormat();

    private static int OnsetSeen(float[] sound, bool isNear)
    {
        var detector = new VoiceActivityDetector();
        for (var at = 0; at + Hop <= sound.Length; at += Hop)
        {
            if (detector.Process(sound.AsSpan(at, Hop), isNear && at >= 12_000).Edge == VoiceEdge.Onset)
            {
                return at + Hop;
            }
        }

        return int.MaxValue;
    }

    private static (List<bool> Decisions, List<VoiceActivityResult> Edges) Run(float[] samples, VoiceActivityDetector detector)
    {
        var (decisions, edges) = (new List<bool>(), new List<VoiceActivityResult>());
        for (var at = 0; at + Hop <= samples.Length; at += Hop)
        {
            var result = detector.Process(samples.AsSpan(at, Hop));
            decisions.Add(result.IsSpeech);
            if (result.Edge != VoiceEdge.None)
            {
                Assert.True(result.EdgeSample < detector.Position);
                edges.Add(result);
            }
        }

        return (decisions, edges);
    }

    private static (int Start, int End)[] Labels(string scene) =>
    [
        .. File.ReadLines(Fixtures.Path("voice-activity", "labels.tsv"))
            .Select(line => line.Split('\t'))
            .Where(parts => parts[0] == scene)
            .Select(parts => (Sample(parts[1]), Sample(parts[2]))),
    ];

    private static int Sample(string seconds) => (int)Math.Round(double.Parse(seconds, CultureInfo.InvariantCulture) * 24_000);

    private static bool IsLabelled((int Start, int End)[] labels, int sample) =>
        labels.Any(label => sample >= label.Start && sample < label.End);

    /// <summary>Milliseconds from a label's start to the first hop that says speech; 0 if it already did.</summary>
    private static int Delay(List<bool> decisions, (int Start, int End) label)
    {
        var first = label.Start / Hop;
        for (var hop = first; hop < Math.Min(decisions.Count, label.End / Hop); hop++)
        {
            if (decisions[hop])
            {
                // Known at the end of the hop.
                return ((hop + 1) * Hop - label.Start) / 24;
            }
        }

        return int.MaxValue;
    }
}
