using CsmAgent.Conversation.Reply;
using CsmAgent.Conversation.Reply.Desk;
using CsmAgent.TestSupport;

namespace CsmAgent.Conversation.Tests.Reply;

public sealed class IntentRecognizerTests
{
    [Fact]
    public void Every_desk_turn_is_understood_from_its_true_text()
    {
        var wrong = File.ReadLines(Path.Combine(Fixtures.Repository, "voices", "desk-turns", "manifest.tsv")).Skip(1).Select(line => line.Split('\t'))
            .Select(fields => (Text: fields[2], Wanted: Parse(fields[1]), Found: IntentRecognizer.Recognize(fields[2])))
            .Where(turn => turn.Wanted != turn.Found).Distinct();

        Assert.Empty(wrong);
    }

    // Ways of asking that are in no list.
    [Theory]
    [InlineData("time", "Excuse me, do you happen to know what time it is?|Have you got the time?|What's the time in Tokyo right now?|Could you tell me the current time please")]
    [InlineData("date", "Which day do we have today?|What is today's date?|What month is it?|How many days until Friday?|Is today a Tuesday?|Tell me the date please")]
    [InlineData("timer", "Start a ten minute timer please|I need a timer for half an hour|Is the timer still running?|Please stop the timer|Wake me in twenty minutes|Set the timer to ninety seconds|How many minutes are left?|Turn the timer off")]
    [InlineData("arithmetic", "What's 12 times 17?|Could you add fifteen and thirty seven|What is the square root of eighty one|How much is fifteen percent of two hundred|Divide one hundred by eight|How many inches are in a foot|What is seven squared|And what is two plus two")]
    [InlineData("story", "I'd love to hear a story about a dragon|Would you tell my daughter a bedtime story?|Another story please|Do you know any good stories?")]
    [InlineData("joke", "Do you know any jokes?|Make me laugh|Say something funny|One more joke please")]
    [InlineData("recall", "What was the last thing I said?|Do you remember what I just told you?|What did I ask you before?|Repeat what I said")]
    [InlineData("repeat", "Sorry, what was that?|Say that again please|I didn't catch that|Pardon?|Can you repeat that?|What did you just say?|Come again")]
    [InlineData("pace", "You're talking too fast|Slow down a little|Could you speak a bit slower?|Talk faster please|Not so fast")]
    [InlineData("help", "What else can you do for me?|How can you help me?|Help|What can I ask you?|I need some help")]
    [InlineData("identity", "What's your name?|Are you a real person?|Who made you?|Tell me about yourself|What are you?|How old are you?")]
    [InlineData("name-set", "You can call me Peter|I am called Lucy|Hi, I'm Tom|By the way my name is Sofia")]
    [InlineData("name-get", "Do you remember my name?|Who am I?|Can you say my name?|What's my name again")]
    [InlineData("reminder-set", "Don't let me forget to buy milk|Please set a reminder for the meeting at noon|Can you remind me tomorrow to feed the cat?|I want you to remind me about the rent")]
    [InlineData("reminder-get", "Do I have any reminders for today?|Read me my reminders|Delete all my reminders|What do I have to do today?")]
    [InlineData("note", "Take a note that the key is under the mat|Remember that my car is on level three|Write this down, milk and eggs|My address is twelve Oak Street|What is my phone number")]
    [InlineData("small-talk", "How are you doing today?|I'm so tired|It is raining again|What's your favorite color?|Nice to meet you|I had such a long week|Are you happy?|You are funny")]
    [InlineData("greeting", "Hi there|Hello, good evening|Hey|Good afternoon to you")]
    [InlineData("farewell", "See you tomorrow|Bye bye|Good night|I have to go now|That's all for now")]
    [InlineData("thanks", "Thanks a lot|I really appreciate that|Great, thank you")]
    [InlineData("interrupt", "Hold on a second|Please be quiet|Okay stop|That's enough|No stop|I meant something else|Never mind")]
    [InlineData("continue", "Please go on|Keep going|And then?|What happened next?|Carry on with the story")]
    [InlineData("backchannel", "Uh huh|Mm|I see|Oh really|Yeah right|Okay okay")]
    [InlineData("open", "Who wrote War and Peace?|Explain how a rainbow forms|Should I learn French or Spanish?|Tell me about the history of Rome|Why is the sky blue|What time does the train leave")]
    public void Other_ways_of_asking_are_understood(string intent, string texts)
    {
        var wrong = texts.Split('|').Select(text => (text, Found: IntentRecognizer.Recognize(text))).Where(turn => turn.Found != Parse(intent));

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("what am i run my eaters", DeskIntent.ReminderGet)]
    [InlineData("tommy joke", DeskIntent.Joke)]
    [InlineData("how much is is nine times in essence", DeskIntent.Arithmetic)]
    [InlineData("could you tell me please of a story about to label it", DeskIntent.Story)]
    public void What_a_recogniser_gets_wrong_is_mostly_understood_by_its_sound(string heard, DeskIntent intent) =>
        Assert.Equal(intent, IntentRecognizer.Recognize(heard));

    [Fact]
    public void The_desks_own_phrases_are_understood()
    {
        var phrases = DeskPhrases.Grammar.SampleLabelled(3000, seed: 99).Select(phrase => (Text: string.Join(' ', phrase.Words), Intent: Parse(phrase.Label!))).Distinct().ToList();

        var wrong = phrases.Where(phrase => IntentRecognizer.Recognize(phrase.Text) != phrase.Intent).ToList();

        Assert.True(wrong.Count <= phrases.Count * 0.02, $"{wrong.Count} of {phrases.Count}: {string.Join("; ", wrong.Take(25).Select(phrase => $"{phrase.Text} ({IntentRecognizer.Recognize(phrase.Text)})"))}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("привет")]
    public void Nothing_is_open(string text) => Assert.Equal(DeskIntent.Open, IntentRecognizer.Recognize(text));

    private static DeskIntent Parse(string name) => Enum.Parse<DeskIntent>(name.Replace("-", string.Empty, StringComparison.Ordinal), ignoreCase: true);
}
