using CsmAgent.Audio;
using CsmAgent.Audio.Analysis;
using CsmAgent.Conversation.Dialogue.Captions;
using CsmAgent.Conversation.Dialogue.Script;
using CsmAgent.Conversation.Dialogue.Takes;

namespace CsmAgent.Conversation.Dialogue;

/// <summary>A take made ready for the mix: silence cut at its ends, pauses, pace and level as the script asks.</summary>
/// <param name="Samples">24 kHz mono.</param>
/// <param name="Runs">Audible stretches with their words, in samples from the line's start.</param>
internal sealed record PlacedLine(float[] Samples, IReadOnlyList<(long Start, long End, IReadOnlyList<(string Word, long End)> Words)> Runs)
{
    private const int PadSamples = AudioFormat.SampleRateHz * 20 / 1_000;

    /// <summary>Shapes a take.</summary>
    /// <returns>A line without runs when nothing of it can be heard.</returns>
    public static PlacedLine Of(Take take, LineDirection direction)
    {
        var samples = new List<float>();
        var runs = new List<(long, long, IReadOnlyList<(string, long)>)>();
        var gain = (float)Level.FromDecibels(direction.LevelDb);
        for (var first = 0; first < take.Clauses.Count;)
        {
            var next = first + 1;
            while (next < take.Clauses.Count && take.Clauses[next].Pause == TimeSpan.Zero)
            {
                next++;
            }

            if (samples.Count > 0)
            {
                samples.AddRange(new float[Samples24(take.Clauses[first].Pause)]);
            }

            AddRun(take.Clauses.Skip(first).Take(next - first).ToList(), direction.Pace, gain, samples, runs);
            first = next;
        }

        return new PlacedLine([.. samples], runs);
    }

    /// <summary>Samples in a span of time.</summary>
    public static int Samples24(TimeSpan time) => (int)Math.Round(time.TotalSeconds * AudioFormat.SampleRateHz);

    /// <summary>The line's captions when it starts at <paramref name="start"/>.</summary>
    public IEnumerable<CaptionCue> Cues(long start, string speaker) => CaptionCutter.Cut(
        Runs.Select(run => (
            start + run.Start,
            start + run.End,
            (IReadOnlyList<(string, long)>)[.. run.Words.Select(word => (word.Word, start + word.End))])),
        speaker);

    private static void AddRun(
        List<TakeClause> clauses, double pace, float gain, List<float> samples,
        List<(long, long, IReadOnlyList<(string, long)>)> runs)
    {
        var raw = clauses.SelectMany(clause => clause.Samples).ToArray();
        var audible = SpeechExtent.Find(raw);
        if (audible.IsEmpty)
        {
            return;
        }

        var cutStart = Math.Max(0, audible.Start - PadSamples);
        var cutEnd = Math.Min(raw.Length, audible.End + PadSamples);
        var stretched = TimeStretch.Apply(raw.AsSpan(cutStart, cutEnd - cutStart), pace);
        long origin = samples.Count;
        long At(double sample) => origin + (long)Math.Round(Math.Clamp(sample - cutStart, 0, cutEnd - cutStart) / pace);
        samples.AddRange(stretched.Select(sample => sample * gain));

        var words = new List<(string, long)>();
        var offset = 0;
        foreach (var clause in clauses)
        {
            words.AddRange(Words(clause).Select(word => (word.Word, At(offset + word.End))));
            offset += clause.Samples.Length;
        }

        runs.Add((At(audible.Start), At(audible.End), words));
    }

    /// <summary>Words as written, with the sample of the clause each ends at by the frames' own count of spoken characters.</summary>
    private static IEnumerable<(string Word, int End)> Words(TakeClause clause)
    {
        var at = 0;
        var frame = 0;
        foreach (var word in clause.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            at = clause.Text.IndexOf(word, at, StringComparison.Ordinal) + word.Length;
            var spoken = (int)Math.Round((double)at / clause.Text.Length * clause.Spoken.Length);
            while (frame < clause.SpokenCharacters.Count - 1 && clause.SpokenCharacters[frame] < spoken)
            {
                frame++;
            }

            yield return (word, Math.Min((frame + 1) * AudioFormat.FrameSamples, clause.Samples.Length));
        }
    }
}
