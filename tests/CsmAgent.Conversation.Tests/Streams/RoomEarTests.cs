using CsmAgent.Audio;
using CsmAgent.Audio.Files;
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
        var sound = WavFile.Read(Path.Combine(Fixtures.Repository, "voices", "desk-turns", file)).ToHouseFormat();
        float[] padded = [.. new float[AudioFormat.SampleRateHz], .. sound, .. new float[AudioFormat.SampleRateHz]];
        using var ear = RoomEar.Open();
        var utterances = 0;
        var cutter = new UtteranceCutter(ear, () => ++utterances);
        var parts = new List<UtterancePart>();
        for (var at = 0; at + 240 <= padded.Length; at += 240)
        {
            parts.AddRange(cutter.Hear(new CapturedBlock(padded[at..(at + 240)], new float[240], at, default, default)).Parts);
        }

        var expected = spans.Split(',').Select(span => span.Split('-').Select(s => AudioFormat.SampleRateHz + (long)(double.Parse(s) * AudioFormat.SampleRateHz)).ToArray()).ToArray();
        var found = parts.OfType<UtteranceStart>().Zip(parts.OfType<UtteranceEnd>()).ToArray();

        Assert.True(expected.Length == found.Length, string.Join(", ", found.Select(f => $"{f.First.FirstVoiced}-{f.Second.LastVoiced}")));
        Assert.All(found.Zip(expected), pair =>
        {
            Assert.InRange(pair.First.First.FirstVoiced, pair.Second[0] - Tolerance, pair.Second[0] + Tolerance);
            Assert.InRange(pair.First.Second.LastVoiced, pair.Second[1] - Tolerance, pair.Second[1] + Tolerance);
        });
    }
}
