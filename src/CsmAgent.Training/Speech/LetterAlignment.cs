using System.Text;
using CsmAgent.Training.Corpus;

namespace CsmAgent.Training.Speech;

/// <summary>Which byte of its text every piece of a corpus's speech says: a hidden Markov model whose states are the bytes and whose
/// outputs are the phones, learnt from the corpus itself by a few rounds of Viterbi training.</summary>
/// <remarks>Nothing about the language is put in: which letter makes which phone, and how many letters one phone spans, is counted.</remarks>
public sealed class LetterAlignment
{
    private const int Rounds = 6;
    // The most bytes from one phone's to the next's.
    private const int LongestStep = 8;
    private const double Smoothing = 0.1;
    // How far from the diagonal a letter may be at first.
    private const int Spread = 3;
    private readonly int[]?[] _bytes;

    private LetterAlignment(int[]?[] bytes) => _bytes = bytes;

    /// <summary>Aligns every item.</summary>
    /// <param name="corpus">A corpus with phone labels; borrowed.</param>
    public static LetterAlignment Learn(PreparedCorpus corpus)
    {
        var number = corpus.PhoneSymbols.Select((symbol, index) => (symbol, index)).ToDictionary(pair => pair.symbol, pair => pair.index);
        var spoken = corpus.Items.Select(item => Spoken.Of(item, number)).ToArray();
        var model = Model.Diagonal(spoken, corpus.PhoneSymbols.Count);
        var paths = new int[]?[spoken.Length];
        for (var round = 0; round < Rounds; round++)
        {
            Parallel.For(0, spoken.Length, item => paths[item] = model.Best(spoken[item]));
            model = Model.Counted(spoken, paths, corpus.PhoneSymbols.Count);
        }

        return new([.. spoken.Zip(paths, (item, path) => path is null ? null : item.Labels(path))]);
    }

    /// <summary>The byte of the text that each label of 20 ms says; beyond the last label it is the text's last byte.</summary>
    /// <param name="item">Index into the corpus.</param>
    /// <returns>Never falling; empty for an item whose phones do not reach over its text, such as one without labels.</returns>
    public ReadOnlySpan<int> Item(int item) => _bytes[item];

    /// <summary>The alignment as text, for programs that do not learn it themselves.</summary>
    /// <returns>One line per item: <see cref="Item"/>'s numbers between blanks, nothing for an item without any.</returns>
    public IEnumerable<string> Lines() => _bytes.Select(bytes => string.Join(' ', bytes ?? []));

    // An item's text without the case of its ASCII letters (a byte is a row: none may come or go) and its phones without the silence around them.
    private sealed record Spoken(byte[] Text, (int Phone, int Count)[] Runs, int Before)
    {
        public static Spoken Of(CorpusItem item, Dictionary<string, int> number)
        {
            var runs = PhoneRuns.Parse(item.Phones).Select(run => (Phone: number[run.Symbol], run.Count)).ToArray();
            var first = Array.FindIndex(runs, run => run.Phone != 0);
            var last = Array.FindLastIndex(runs, run => run.Phone != 0);
            if (first < 0)
            {
                return new([], [], 0);
            }

            var text = Encoding.UTF8.GetBytes(item.Text);
            Ascii.ToLowerInPlace(text, out _);
            return new(text, runs[first..(last + 1)], runs[..first].Sum(run => run.Count));
        }

        // The silence before belongs to the first byte.
        public int[] Labels(int[] path) => [.. Enumerable.Repeat(0, Before), .. path.Zip(Runs).SelectMany(pair => Enumerable.Repeat(pair.First, pair.Second.Count))];
    }

    private sealed class Model(double[,] phones, double[] steps)
    {
        // Every phone near where it would be if all took equally long.
        public static Model Diagonal(IEnumerable<Spoken> items, int symbols)
        {
            var phones = new double[256, symbols];
            foreach (var (text, runs, _) in items)
            {
                for (var run = 0; run < runs.Length; run++)
                {
                    var centre = run * text.Length / runs.Length;
                    for (var at = Math.Max(0, centre - Spread); at <= Math.Min(text.Length - 1, centre + Spread); at++)
                    {
                        phones[text[at], runs[run].Phone] += 1.0 / (1 + Math.Abs(at - centre));
                    }
                }
            }

            var steps = Enumerable.Range(0, LongestStep + 1).Select(step => Math.Pow(0.4, Math.Abs(step - 1))).ToArray();
            return new(Logarithms(phones), Logarithms(steps));
        }

        public static Model Counted(IReadOnlyList<Spoken> items, int[]?[] paths, int symbols)
        {
            var phones = new double[256, symbols];
            var steps = new double[LongestStep + 1];
            for (var item = 0; item < items.Count; item++)
            {
                var before = -1;
                foreach (var (at, run) in (paths[item] ?? []).Zip(items[item].Runs))
                {
                    phones[items[item].Text[at], run.Phone]++;
                    steps[at - before]++;
                    before = at;
                }
            }

            return new(Logarithms(phones), Logarithms(steps));
        }

        // The likeliest byte of every run; null if no path reaches the end.
        public int[]? Best(Spoken item)
        {
            var (text, runs, _) = item;
            var from = new int[runs.Length, text.Length];
            var score = new double[text.Length];
            var next = new double[text.Length];
            for (var run = 0; run < runs.Length; run++)
            {
                for (var at = 0; at < text.Length; at++)
                {
                    var (best, origin) = (double.NegativeInfinity, -1);
                    // The first run comes from before the text.
                    for (var step = run == 0 ? at + 1 : 0; step <= LongestStep && step <= (run == 0 ? at + 1 : at); step++)
                    {
                        var sum = steps[step] + (run == 0 ? 0 : score[at - step]);
                        if (sum > best)
                        {
                            (best, origin) = (sum, at - step);
                        }
                    }

                    next[at] = best + phones[text[at], runs[run].Phone];
                    from[run, at] = origin;
                }

                (score, next) = (next, score);
            }

            var last = -1;
            for (var at = Math.Max(0, text.Length - LongestStep); at < text.Length; at++)
            {
                score[at] += steps[text.Length - at];
                last = last < 0 || score[at] > score[last] ? at : last;
            }

            if (last < 0 || double.IsNegativeInfinity(score[last]))
            {
                return null;
            }

            var path = new int[runs.Length];
            for (var run = runs.Length - 1; run >= 0; run--)
            {
                path[run] = last;
                last = from[run, last];
            }

            return path;
        }

        private static double[,] Logarithms(double[,] counts)
        {
            var (letters, symbols) = (counts.GetLength(0), counts.GetLength(1));
            var logarithms = new double[letters, symbols];
            for (var letter = 0; letter < letters; letter++)
            {
                var sum = symbols * Smoothing;
                for (var symbol = 0; symbol < symbols; symbol++)
                {
                    sum += counts[letter, symbol];
                }

                for (var symbol = 0; symbol < symbols; symbol++)
                {
                    logarithms[letter, symbol] = Math.Log((counts[letter, symbol] + Smoothing) / sum);
                }
            }

            return logarithms;
        }

        private static double[] Logarithms(double[] counts) => [.. counts.Select(count => Math.Log((count + Smoothing) / (counts.Sum() + (counts.Length * Smoothing))))];
    }
}
