using CsmAgent.Conversation.Reply.Desk;
using CsmAgent.Engines.Listening.PocketSphinx;
using Xunit.Abstractions;

namespace CsmAgent.Engines.Tests.Listening;

[Trait("Category", "Native")]
public sealed class DeskTurnsTests(ITestOutputHelper output)
{
    // A listener's noises are no words; the turn machine knows them by their length.
    private static bool IsRequest(Speech.Utterance turn) => turn.Intent != "backchannel";

    [Fact]
    public async Task First_words_of_a_conversation_are_understood_too()
    {
        // Every session begins anew; CSMAGENT_ALL_DESK_TURNS=1 takes all recordings.
        var all = Environment.GetEnvironmentVariable("CSMAGENT_ALL_DESK_TURNS") == "1";
        var turns = Speech.DeskTurns().Where((turn, i) => IsRequest(turn) && (all || i % 12 == 0)).ToList();
        var recognizer = new PocketSphinxRecognizer(PocketSphinxRecognizer.DebianModelFolder);
        int errors = 0, words = 0, right = 0;

        foreach (var turn in turns)
        {
            await using var session = await recognizer.OpenAsync(CancellationToken.None);
            var heard = (await Speech.RecognizeAsync(session, turn.Samples)).Text;
            errors += Speech.Errors(turn.Text, heard);
            words += Speech.Words(turn.Text).Length;
            right += IntentRecognizer.Recognize(heard) == Enum.Parse<DeskIntent>(turn.Intent.Replace("-", string.Empty, StringComparison.Ordinal), ignoreCase: true) ? 1 : 0;
            output.WriteLine($"{turn.File}: \"{heard}\"");
        }

        output.WriteLine($"{right} of {turns.Count} intents; {errors} errors in {words} words, {100.0 * errors / words:0.0} %");
        Assert.True(right >= 0.8 * turns.Count, $"{right} of {turns.Count} intents.");
    }

    [Fact]
    public async Task Recorded_requests_are_understood_word_by_word_and_in_what_they_want()
    {
        // Every text in one of its two voices; CSMAGENT_ALL_DESK_TURNS=1 takes both.
        var all = Environment.GetEnvironmentVariable("CSMAGENT_ALL_DESK_TURNS") == "1";
        var turns = Speech.DeskTurns().Where((turn, i) => IsRequest(turn) && (all || (i / 2 + i) % 2 == 0)).ToList();
        await using var session = await new PocketSphinxRecognizer(PocketSphinxRecognizer.DebianModelFolder).OpenAsync(CancellationToken.None);
        int errors = 0, words = 0, right = 0;

        foreach (var turn in turns)
        {
            var heard = (await Speech.RecognizeAsync(session, turn.Samples)).Text;
            var intent = IntentRecognizer.Recognize(heard);
            var wanted = Enum.Parse<DeskIntent>(turn.Intent.Replace("-", string.Empty, StringComparison.Ordinal), ignoreCase: true);
            errors += Speech.Errors(turn.Text, heard);
            words += Speech.Words(turn.Text).Length;
            right += intent == wanted ? 1 : 0;
            if (intent != wanted || Speech.Errors(turn.Text, heard) > 0)
            {
                output.WriteLine($"{turn.File}: \"{heard}\" {(intent == wanted ? string.Empty : $"taken for {intent}")}");
            }
        }

        output.WriteLine($"{right} of {turns.Count} intents; {errors} errors in {words} words, {100.0 * errors / words:0.0} %");
        Assert.True(right >= 0.9 * turns.Count, $"{right} of {turns.Count} intents.");
        Assert.True(errors <= 0.12 * words, $"{errors} errors in {words} words; the generic language model alone gives about 17 % live.");
    }
}
