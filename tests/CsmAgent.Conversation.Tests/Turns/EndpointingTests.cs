using CsmAgent.Audio;
using CsmAgent.Conversation.Options;
using CsmAgent.Conversation.Reply;
using CsmAgent.Conversation.Turns;
using CsmAgent.Conversation.Turns.Endpointing;
using CsmAgent.TestSupport;
using Xunit.Abstractions;

namespace CsmAgent.Conversation.Tests.Turns;

public sealed class EndpointingTests(ITestOutputHelper output)
{
    private static readonly TurnPolicy Policy = new(new ConversationOptions(), maySpeculate: false);

    [Theory]
    [InlineData("remind me to")]
    [InlineData("i was thinking that")]
    [InlineData("how much is nine times")]
    [InlineData("how much is nine")]
    [InlineData("could you tell me please")]
    [InlineData("set a timer for")]
    [InlineData("what is the")]
    [InlineData("um")]
    [InlineData("oh well")]
    [InlineData("i would like to go to the cinema and")]
    [InlineData("I think, well,")]
    [InlineData("what time")]
    [InlineData("okay how many people")]
    [InlineData("could you tell me please him")]
    [InlineData("could you tell me please it")]
    [InlineData("do you")]
    [InlineData("what did you")]
    [InlineData("it is")]
    [InlineData("i will meet them in")]
    [InlineData("can you play")]
    [InlineData("my favorite")]
    [InlineData("what is the capital of")]
    [InlineData("there is no")]
    [InlineData("and then")]
    public void Something_must_follow(string text) => Assert.Equal(Completeness.Incomplete, ClauseCompleteness.Judge(text).Completeness);

    [Theory]
    [InlineData("what time is it")]
    [InlineData("stop")]
    [InlineData("could you repeat that")]
    [InlineData("where are you from")]
    [InlineData("go on")]
    [InlineData("good night and sleep well")]
    [InlineData("yes please")]
    [InlineData("how much is nine times eleven")]
    [InlineData("thank you very much")]
    [InlineData("tell me a story please")]
    [InlineData("yes i am")]
    [InlineData("how are you")]
    [InlineData("i want that as well")]
    [InlineData("what are you looking for")]
    [InlineData("what would you do then")]
    [InlineData("turn the light on")]
    [InlineData("i hope so")]
    [InlineData("that is all i need")]
    [InlineData("what can you do")]
    [InlineData("please stop")]
    public void Nothing_must_follow(string text) => Assert.Equal(Completeness.Complete, ClauseCompleteness.Judge(text).Completeness);

    [Fact]
    public void A_breath_after_how_much_is_may_be_written_as_it() =>
        Assert.Equal(Completeness.Unclear, ClauseCompleteness.Judge("how much is it").Completeness);

    [Fact]
    public void On_the_recorded_turns_whole_sentences_are_complete_and_their_pauses_are_not()
    {
        var turns = Manifest();
        var whole = turns.Select(turn => turn.Text).Distinct().ToArray();
        var broken = turns.SelectMany(turn => Prefixes(turn.Text)).Distinct().ToArray();

        var complete = whole.Count(text => ClauseCompleteness.Judge(text).Completeness != Completeness.Incomplete);
        var incomplete = broken.Count(text => ClauseCompleteness.Judge(text).Completeness == Completeness.Incomplete);
        output.WriteLine($"complete {complete} of {whole.Length}; before a pause incomplete {incomplete} of {broken.Length}");

        Assert.True(complete >= 0.97 * whole.Length, string.Join('\n', whole.Where(t => ClauseCompleteness.Judge(t).Completeness == Completeness.Incomplete)));
        Assert.True(incomplete >= 0.75 * broken.Length, string.Join('\n', broken.Where(t => ClauseCompleteness.Judge(t).Completeness != Completeness.Incomplete)));
    }

    [Fact]
    public void On_sentences_nobody_tuned_on_few_are_waited_for_in_vain_and_most_broken_ones_are_waited_for()
    {
        var random = new Random(1);
        var whole = File.ReadAllLines(Fixtures.Path("clauses", "held-out.txt"));
        var broken = whole.Select(text => Beginning(text.Split(' '), random)).ToArray();

        var waits = whole.Count(text => ClauseCompleteness.Judge(text).Completeness == Completeness.Incomplete);
        var misses = broken.Count(text => ClauseCompleteness.Judge(text).Completeness == Completeness.Complete);
        output.WriteLine($"waited for in vain {waits} of {whole.Length}; broken off and taken for complete {misses} of {broken.Length}");

        Assert.True(waits <= 0.03 * whole.Length, string.Join('\n', whole.Where(text => ClauseCompleteness.Judge(text).Completeness == Completeness.Incomplete)));
        Assert.True(misses <= 0.4 * broken.Length, $"{misses} of {broken.Length}");
    }

    [Fact]
    public void Requests_of_the_desk_are_hardly_ever_waited_for_in_vain()
    {
        var random = new Random(1);
        var whole = DeskPhrases.Grammar.Sample(2000, seed: 5).Where(words => words.Count > 1).Select(words => words.ToArray()).ToArray();
        var broken = whole.Select(words => Beginning(words, random)).ToArray();

        var waits = whole.Select(words => string.Join(' ', words)).Where(text => ClauseCompleteness.Judge(text).Completeness == Completeness.Incomplete).ToArray();
        var misses = broken.Where(text => ClauseCompleteness.Judge(text).Completeness == Completeness.Complete).ToArray();
        output.WriteLine($"waited for in vain {waits.Length} of {whole.Length}; broken off and taken for complete {misses.Length} of {broken.Length}");

        Assert.True(waits.Length <= 0.01 * whole.Length, string.Join('\n', waits.Distinct()));
        Assert.True(misses.Length <= 0.35 * broken.Length, string.Join('\n', misses.Distinct()));
    }

    [Fact]
    public void On_the_recorded_turns_at_most_one_in_twenty_is_cut_early()
    {
        var turns = Manifest();
        var early = turns.Where(IsCutEarly).ToArray();
        output.WriteLine($"{early.Length} of {turns.Count} turns cut early: {string.Join("; ", early.Select(turn => turn.File))}");

        Assert.True(early.Length <= 0.05 * turns.Count, string.Join('\n', early.Select(turn => turn.File)));
    }

    [Fact]
    public void Somebody_who_pauses_long_is_waited_for_longer()
    {
        var quick = Policy.Wait("tell me a story", pauseHabit: 0.3 * AudioFormat.SampleRateHz);
        var slow = Policy.Wait("tell me a story", pauseHabit: 1.2 * AudioFormat.SampleRateHz);

        Assert.True(quick.Samples < slow.Samples);
    }

    [Fact]
    public void Who_stopped_to_think_in_this_turn_is_waited_for_as_long_again_but_not_forever()
    {
        const string Text = "remind me to water the plants";

        Assert.Equal(TurnPolicy.Samples(700), Policy.Wait(Text, pauseHabit: 0, longestPause: TurnPolicy.Samples(700)).Samples);
        Assert.Equal(TurnPolicy.Samples(750), Policy.Wait(Text, pauseHabit: 0, longestPause: TurnPolicy.Samples(1300)).Samples);
    }

    [Fact]
    public void No_wait_is_longer_than_the_maximum() =>
        Assert.True(Policy.Wait("remind me to", pauseHabit: 60.0 * AudioFormat.SampleRateHz).Samples <= Policy.MaximumWait);

    // Broken off after a word inside; a comma would give it away.
    private static string Beginning(string[] words, Random random) =>
        string.Join(' ', words.Take(random.Next(1, words.Length))).TrimEnd(',', ';', ':', '-');

    // The text spoken so far at each pause: commas of the manifest are the pauses.
    private static IEnumerable<string> Prefixes(string text)
    {
        var parts = text.Split(", ");
        return parts.Length < 2 || text.StartsWith("No,", StringComparison.Ordinal) || text.StartsWith("Wait,", StringComparison.Ordinal)
            || text.StartsWith("My number", StringComparison.Ordinal) || text.StartsWith("If you", StringComparison.Ordinal)
            ? []
            : Enumerable.Range(1, parts.Length - 1).Select(count => string.Join(' ', parts[..count]));
    }

    // Runs the machine over the spans of speech with the text that had been said at each pause.
    private static bool IsCutEarly(Turn turn)
    {
        var state = TurnMachine.Step(new TurnState(), new DeviceStarted(0), Policy).State;
        var said = Said(turn);
        for (var span = 0; span < turn.Spans.Count; span++)
        {
            var (from, to) = turn.Spans[span];
            state = Until(state, from);
            if (state.Turn > 0 && state.Phase != Conversation.Protocol.TurnPhase.WaitingForEnd)
            {
                return true;
            }

            state = Take(state, new VoiceStarted(from, span + 1, from));
            state = Until(state, to + TurnPolicy.Samples(200));
            state = Take(state, new VoiceEnded(state.Now, span + 1, to, to));
            state = Take(state, new FinalHeard(state.Now + TurnPolicy.Samples(50), span + 1, said[span]));
        }

        return false;

        static TurnState Take(TurnState state, TurnEvent e) => TurnMachine.Step(state, e, Policy).State;

        static TurnState Until(TurnState state, long at)
        {
            while (state.Now + 240 <= at)
            {
                state = Take(state, new Tick(state.Now + 240));
            }

            return state;
        }
    }

    private static List<string> Said(Turn turn)
    {
        var parts = turn.Text.Split(", ").ToList();
        if (parts.Count == turn.Spans.Count)
        {
            return parts;
        }

        // No comma tells where the pause is: words are shared out by the length of the spans.
        var words = turn.Text.Split(' ');
        var total = turn.Spans.Sum(span => span.To - span.From);
        var (said, taken, spoken) = (new List<string>(), 0, 0L);
        foreach (var (from, to) in turn.Spans)
        {
            spoken += to - from;
            var until = (int)Math.Round((double)words.Length * spoken / total);
            said.Add(string.Join(' ', words[taken..until]));
            taken = until;
        }

        return said;
    }

    private static List<Turn> Manifest() =>
        [.. File.ReadLines(Path.Combine(Fixtures.Repository, "voices", "desk-turns", "manifest.tsv")).Skip(1).Select(line =>
        {
            var fields = line.Split('\t');
            return new Turn(fields[0], fields[2], [.. fields[4].Split(',').Select(span =>
            {
                var ends = span.Split('-');
                return (Sample(ends[0]), Sample(ends[1]));
            })]);
        })];

    private static long Sample(string seconds) => (long)(double.Parse(seconds) * AudioFormat.SampleRateHz);

    private sealed record Turn(string File, string Text, IReadOnlyList<(long From, long To)> Spans);
}
