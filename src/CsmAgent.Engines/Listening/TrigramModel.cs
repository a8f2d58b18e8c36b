using System.Globalization;

namespace CsmAgent.Engines.Listening;

/// <summary>Counts a small trigram language model from sentences and writes it in the ARPA format. Absolute discounting with back-off.</summary>
public sealed class TrigramModel
{
    private const int Order = 3;

    // Share of one count that each seen n-gram gives to the unseen ones (Ney, Essen, Kneser 1994 derive 0.5 to 0.7 for small counts).
    private const double Discount = 0.6;
    private readonly Dictionary<string, int>[] _counts = [new(StringComparer.Ordinal), new(StringComparer.Ordinal), new(StringComparer.Ordinal)];

    /// <summary>Counts sentences; words are taken as they are.</summary>
    public TrigramModel(IEnumerable<IReadOnlyList<string>> sentences)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        foreach (var sentence in sentences)
        {
            string[] words = ["<s>", .. sentence, "</s>"];
            for (var n = 0; n < Order; n++)
            {
                for (var i = 0; i + n < words.Length; i++)
                {
                    var gram = string.Join(' ', words, i, n + 1);
                    _counts[n][gram] = _counts[n].GetValueOrDefault(gram) + 1;
                }
            }
        }
    }

    /// <summary>Writes probabilities and back-off weights as base-10 logarithms.</summary>
    public void WriteArpa(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var probabilities = new Dictionary<string, double>[Order];
        var backOffs = new Dictionary<string, double>[Order];
        var words = _counts[0].Where(pair => pair.Key != "<s>").ToList();
        var total = words.Sum(pair => pair.Value) + 0.5 * words.Count;
        probabilities[0] = words.ToDictionary(pair => pair.Key, pair => (pair.Value + 0.5) / total, StringComparer.Ordinal);
        probabilities[0]["<s>"] = 1e-99;
        for (var n = 1; n < Order; n++)
        {
            var histories = new Dictionary<string, (int Count, int Kinds, double LowerMass)>(StringComparer.Ordinal);
            foreach (var (gram, count) in _counts[n])
            {
                var (seen, kinds, mass) = histories.GetValueOrDefault(History(gram));
                histories[History(gram)] = (seen + count, kinds + 1, mass + probabilities[n - 1][gram[(gram.IndexOf(' ', StringComparison.Ordinal) + 1)..]]);
            }

            probabilities[n] = _counts[n].ToDictionary(
                pair => pair.Key, pair => (pair.Value - Discount) / histories[History(pair.Key)].Count, StringComparer.Ordinal);
            backOffs[n - 1] = histories.ToDictionary(
                pair => pair.Key,
                pair => Discount * pair.Value.Kinds / pair.Value.Count / Math.Max(1e-9, 1 - pair.Value.LowerMass),
                StringComparer.Ordinal);
        }

        writer.Write("\\data\\\n");
        for (var n = 0; n < Order; n++)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"ngram {n + 1}={probabilities[n].Count}\n"));
        }

        for (var n = 0; n < Order; n++)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"\n\\{n + 1}-grams:\n"));
            foreach (var (gram, probability) in probabilities[n].OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                writer.Write(Logarithm(probability) + " " + gram);
                writer.Write(n < Order - 1 ? $" {Logarithm(backOffs[n].GetValueOrDefault(gram, 1))}\n" : "\n");
            }
        }

        writer.Write("\n\\end\\\n");
    }

    private static string History(string gram) => gram[..gram.LastIndexOf(' ')];

    private static string Logarithm(double value) => Math.Log10(value).ToString("F4", CultureInfo.InvariantCulture);
}
