using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Ports;
using CsmAgent.TestSupport;

namespace CsmAgent.Engines.Tests;

/// <summary>Recorded speech with its text, and word error rates.</summary>
internal static class Speech
{
    public sealed record Utterance(string File, string Intent, string Text, float[] Samples);

    public static IEnumerable<Utterance> DeskTurns()
    {
        var folder = Path.Combine(Fixtures.Repository, "voices", "desk-turns");
        foreach (var line in File.ReadLines(Path.Combine(folder, "manifest.tsv")).Skip(1))
        {
            var fields = line.Split('\t');
            yield return new Utterance(fields[0], fields[1], fields[2], WavFile.Read(Path.Combine(folder, fields[0])).ToHouseFormat());
        }
    }

    public static float[] Read(string file) => WavFile.Read(Fixtures.Path("speech", file)).ToHouseFormat();

    public static async Task<Recognition> RecognizeAsync(IRecognitionSession session, float[] samples, int chunk = 1920)
    {
        await session.StartAsync(CancellationToken.None);
        for (var i = 0; i < samples.Length; i += chunk)
        {
            await session.AcceptAsync(samples.AsMemory(i, Math.Min(chunk, samples.Length - i)), CancellationToken.None);
        }

        return await session.FinishAsync(CancellationToken.None);
    }

    public static string[] Words(string text) =>
        new string([.. text.ToLowerInvariant().Select(letter => char.IsAsciiLetter(letter) || letter == '\'' ? letter : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public static int Errors(string reference, string heard)
    {
        var (from, to) = (Words(reference), Words(heard));
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
