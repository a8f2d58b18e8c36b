using System.Globalization;
using System.Text.RegularExpressions;

namespace CsmAgent.Conversation.Reply;

/// <summary>Patterns of sentences and what they can produce. A line is a pattern, <c>N * pattern</c> with a weight, or a definition
/// <c>&lt;name&gt; = pattern</c>; inside, <c>[a]</c> is optional, <c>(a | b)</c> a choice, <c>&lt;name&gt;</c> a definition; <c>@label</c> labels the
/// patterns after it; <c>#</c> begins a comment line.</summary>
public sealed partial class PhraseGrammar
{
    private const int MostWeight = 10_000;

    private readonly Dictionary<string, Node> _definitions = new(StringComparer.Ordinal);
    private readonly List<(Node Pattern, int CumulativeWeight, string? Label)> _patterns = [];

    private PhraseGrammar()
    {
    }

    /// <summary>Reads a grammar.</summary>
    /// <exception cref="FormatException">A line is malformed or names a definition that does not exist; the message gives the line.</exception>
    public static PhraseGrammar Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var grammar = new PhraseGrammar();
        var named = new List<(string Name, int Line)>();
        var number = 0;
        var total = 0;
        string? label = null;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (line[0] == '@')
            {
                label = line[1..].Trim();
                continue;
            }

            var definition = DefinitionLine().Match(line);
            var weighted = WeightedLine().Match(line);
            var body = definition.Success ? definition.Groups[2].Value : weighted.Success ? weighted.Groups[2].Value : line;
            var node = new PatternReader(body, number, named).Read();
            if (definition.Success)
            {
                if (!grammar._definitions.TryAdd(definition.Groups[1].Value, node))
                {
                    throw new FormatException($"Line {number}: <{definition.Groups[1].Value}> is defined twice.");
                }
            }
            else
            {
                total += weighted.Success ? Weight(weighted.Groups[1].Value, number) : 1;
                grammar._patterns.Add((node, total, label));
            }
        }

        foreach (var (name, line) in named)
        {
            if (!grammar._definitions.ContainsKey(name))
            {
                throw new FormatException($"Line {line}: <{name}> is not defined; there is: {string.Join(", ", grammar._definitions.Keys)}.");
            }
        }

        return grammar;
    }

    private static int Weight(string text, int line) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var weight) && weight is > 0 and <= MostWeight
            ? weight
            : throw new FormatException($"Line {line}: the weight {text} is not 1 to {MostWeight}.");

    /// <summary>Draws sentences: each pattern as often as its weight says, each choice equally often. Same seed, same sentences.</summary>
    /// <param name="count">How many, 0 or more.</param>
    /// <param name="seed">Any number.</param>
    public IEnumerable<IReadOnlyList<string>> Sample(int count, int seed) => SampleLabelled(count, seed).Select(sentence => sentence.Words);

    /// <summary>Draws sentences with the labels of their patterns.</summary>
    /// <inheritdoc cref="Sample"/>
    public IEnumerable<(string? Label, IReadOnlyList<string> Words)> SampleLabelled(int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count && _patterns.Count > 0; i++)
        {
            var at = random.Next(_patterns[^1].CumulativeWeight);
            var (pattern, _, label) = _patterns.Find(candidate => at < candidate.CumulativeWeight);
            var words = new List<string>();
            Produce(pattern, random, words, 0);
            yield return (label, words);
        }
    }

    private void Produce(Node node, Random random, List<string> words, int depth)
    {
        if (depth > 64)
        {
            throw new FormatException("A definition contains itself.");
        }

        switch (node)
        {
            case Word word:
                words.Add(word.Text);
                break;
            case Slot slot:
                Produce(_definitions[slot.Name], random, words, depth + 1);
                break;
            case Choice choice:
                Produce(choice.Options[random.Next(choice.Options.Count)], random, words, depth + 1);
                break;
            case Sequence sequence:
                foreach (var part in sequence.Parts)
                {
                    Produce(part, random, words, depth + 1);
                }

                break;
        }
    }

    private abstract record Node;

    private sealed record Word(string Text) : Node;

    private sealed record Slot(string Name) : Node;

    private sealed record Choice(List<Node> Options) : Node;

    private sealed record Sequence(List<Node> Parts) : Node;

    private sealed class PatternReader(string text, int line, List<(string, int)> named)
    {
        private readonly string[] _tokens = [.. TokenPattern().Matches(text).Select(match => match.Value)];
        private int _at;

        public Choice Read()
        {
            var node = ReadChoice();
            return _at == _tokens.Length ? node : throw Fault($"'{_tokens[_at]}' closes nothing");
        }

        private Choice ReadChoice()
        {
            List<Node> options = [ReadSequence()];
            while (_at < _tokens.Length && _tokens[_at] == "|")
            {
                _at++;
                options.Add(ReadSequence());
            }

            return new Choice(options);
        }

        private Sequence ReadSequence()
        {
            List<Node> parts = [];
            while (_at < _tokens.Length && _tokens[_at] is not (")" or "]" or "|"))
            {
                var token = _tokens[_at++];
                switch (token[0])
                {
                    case '(':
                        parts.Add(ReadChoice());
                        Close(")");
                        break;
                    case '[':
                        // As likely left out as said.
                        parts.Add(new Choice([ReadChoice(), new Sequence([])]));
                        Close("]");
                        break;
                    case '<':
                        named.Add((token[1..^1], line));
                        parts.Add(new Slot(token[1..^1]));
                        break;
                    default:
                        parts.Add(new Word(token));
                        break;
                }
            }

            return new Sequence(parts);
        }

        private void Close(string bracket)
        {
            if (_at >= _tokens.Length || _tokens[_at] != bracket)
            {
                throw Fault($"'{bracket}' is missing");
            }

            _at++;
        }

        private FormatException Fault(string what) => new($"Line {line}: {what} in '{text}'.");
    }

    [GeneratedRegex(@"^<(\w+)>\s*=(.*)$")]
    private static partial Regex DefinitionLine();

    [GeneratedRegex(@"^(\d+)\s*\*\s*(.*)$")]
    private static partial Regex WeightedLine();

    [GeneratedRegex(@"<\w+>|[\[\]()|]|[^\s\[\]()|<>]+")]
    private static partial Regex TokenPattern();
}
