using CsmAgent.Audio;
using CsmAgent.Audio.Files;
using CsmAgent.Audio.Measurement;
using CsmAgent.Conversation.Streams;
using CsmAgent.TestSupport;

namespace CsmAgent.Conversation.Tests.Streams;

public sealed class RoomEarTests
{
    private const int Tolerance = AudioFormat.SampleRateHz * 3 / 20;

    public static TheoryData<string, string> Recordings
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var fields in File.ReadLines(Path.Combine(Fixtures.Repository, "voices", "desk-turns", "manifest.tsv"))
                .Skip(1).Select(line => line.Split('\t')).Where((_, i) => i % 11 == 3 || i is 78 or 84))
            {
                data.Add(fields[0], fields[4]);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void A_recorded_turn_becomes_one_utterance_per_span_of_speech(string file, string spans)
    {
        float[] padded = [.. new float[AudioFormat.SampleRateHz], .. Turn(file), .. new float[AudioFormat.SampleRateHz]];

        var parts = Hear(padded, new float[padded.Length]);

        var expected = spans.Split(',').Select(span => span.Split('-').Select(s => AudioFormat.SampleRateHz + (long)(double.Parse(s) * AudioFormat.SampleRateHz)).ToArray()).ToArray();
        var found = parts.OfType<UtteranceStart>().Zip(parts.OfType<UtteranceEnd>()).ToArray();

        Assert.True(expected.Length == found.Length, string.Join(", ", found.Select(f => $"{f.First.FirstVoiced}-{f.Second.LastVoiced}")));
        Assert.All(found.Zip(expected), pair =>
        {
            Assert.InRange(pair.First.First.FirstVoiced, pair.Second[0] - Tolerance, pair.Second[0] + Tolerance);
            Assert.InRange(pair.First.Second.LastVoiced, pair.Second[1] - Tolerance, pair.Second[1] + Tolerance);
        });
    }

    [Fact]
    public void The_last_voiced_sample_is_where_the_sound_ends_and_not_where_voice_activity_does()
    {
        double[] off = [.. Recordings.Select(row =>
        {
            var turn = Turn((string)row[0]);
            float[] padded = [.. new float[AudioFormat.SampleRateHz], .. turn, .. new float[AudioFormat.SampleRateHz]];
            var end = Hear(padded, new float[padded.Length]).OfType<UtteranceEnd>().Last();
            return Math.Abs(end.LastAudible - (AudioFormat.SampleRateHz + MouthToEar.LastVoicedSample(turn))) * 1000.0 / AudioFormat.SampleRateHz;
        }).Order()];

        // The last words alone may be softer than the recording's loudest: then more of their end counts.
        Assert.True(off[off.Length / 2] <= 3 && off[off.Length * 3 / 4] <= 10 && off[^1] <= 60, string.Join(' ', off.Select(ms => $"{ms:0.0}")));
    }

    [Fact]
    public void The_agents_own_loopback_is_nobody()
    {
        var agent = WavFile.Read(Fixtures.Path("speech", "passage-1688.wav")).ToHouseFormat()[..(12 * AudioFormat.SampleRateHz)];
        float[] looped = [.. new float[480], .. agent[..^480]];

        Assert.Empty(Hear(looped, agent));
    }

    [Fact]
    public void A_muted_microphone_hears_nobody_and_a_clipped_one_still_does()
    {
        var turn = Turn("013-arithmetic.wav");
        float[] padded = [.. new float[AudioFormat.SampleRateHz], .. turn, .. new float[AudioFormat.SampleRateHz]];

        Assert.Empty(Hear(new float[padded.Length], padded));
        Assert.Single(Hear(Array.ConvertAll(padded, sample => Math.Clamp(sample * 40, -1, 1)), new float[padded.Length]).OfType<UtteranceStart>());
    }

    [Fact]
    public void Two_people_at_once_are_one_utterance_from_the_first_to_the_last()
    {
        var (first, second) = (Turn("013-arithmetic.wav"), Turn("036-reminder-set.wav"));
        var both = new float[4 * AudioFormat.SampleRateHz];
        first.CopyTo(both, AudioFormat.SampleRateHz / 2);
        for (var i = 0; i < second.Length; i++)
        {
            both[AudioFormat.SampleRateHz + i] += second[i];
        }

        var parts = Hear(both, new float[both.Length]);

        Assert.Single(parts.OfType<UtteranceStart>());
        Assert.InRange(parts.OfType<UtteranceEnd>().Single().LastVoiced, AudioFormat.SampleRateHz + (long)(2.6 * AudioFormat.SampleRateHz) - Tolerance, both.Length);
    }

    private static float[] Turn(string file) => WavFile.Read(Path.Combine(Fixtures.Repository, "voices", "desk-turns", file)).ToHouseFormat();

    private static List<UtterancePart> Hear(float[] captured, float[] played)
    {
        using var ear = RoomEar.Open();
        var utterances = 0;
        var cutter = new UtteranceCutter(ear, () => ++utterances);
        var parts = new List<UtterancePart>();
        for (var at = 0; at + 240 <= captured.Length; at += 240)
        {
            parts.AddRange(cutter.Hear(new CapturedBlock(captured[at..(at + 240)], played[at..(at + 240)], at, default, default)).Parts);
        }

        return parts;
    }
}
