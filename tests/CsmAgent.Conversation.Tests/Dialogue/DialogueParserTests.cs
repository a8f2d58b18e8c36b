using CsmAgent.Conversation.Dialogue.Script;
using FsCheck.Xunit;

namespace CsmAgent.Conversation.Tests.Dialogue;

public sealed class DialogueParserTests
{
    [Fact]
    public void A_plain_script_gives_speakers_in_order_of_appearance()
    {
        var script = Plain("Anna: Hello, Ben.\n\nBen: Hello.\nanna:Nice to see you.");

        Assert.Equal(["Anna", "Ben"], script.Speakers.Select(speaker => speaker.Name));
        Assert.Equal([0, 1, 0], script.Lines.Select(line => line.Speaker));
        Assert.Equal(["Hello, Ben.", "Hello.", "Nice to see you."], script.Lines.Select(line => line.Text));
        Assert.Equal("line 4", script.Lines[2].Source);
    }

    [Fact]
    public void Indented_lines_go_on_and_comments_and_empty_lines_are_skipped()
    {
        var script = Plain("// a note\nAnna: One\n  and two.\n\n\nAnna: Three at 10:30.");

        Assert.Equal(["One and two.", "Three at 10:30."], script.Lines.Select(line => line.Text));
    }

    [Fact]
    public void Directions_before_a_line_apply_to_it()
    {
        var line = Plain("Anna: [pause 0.8s] [slowly][level -6 dB] [seed 42] [overlap 300ms] Well.").Lines[0];

        Assert.Equal("Well.", line.Text);
        Assert.Equal(
            new LineDirection(TimeSpan.FromSeconds(0.8), TimeSpan.FromMilliseconds(300), 0.8, -6, 42),
            line.Direction);
    }

    [Fact]
    public void A_pause_inside_a_line_cuts_it_in_parts()
    {
        var line = Plain("Anna: Well [pause 500 ms] perhaps [quietly] not.").Lines[0];

        Assert.Equal([new LinePart(TimeSpan.Zero, "Well"), new LinePart(TimeSpan.FromSeconds(0.5), "perhaps not.")], line.Parts);
        Assert.Equal(-9, line.Direction.LevelDb);
    }

    [Fact]
    public void A_pause_that_stands_alone_belongs_to_the_next_line()
    {
        var script = Plain("Anna: One.\n[pause 2s]\nBen: [pause 1s] Two.");

        Assert.Equal(TimeSpan.FromSeconds(3), script.Lines[1].Direction.Pause);
        Assert.Null(script.Lines[0].Direction.Pause);
    }

    [Fact]
    public void An_escaped_bracket_is_text() =>
        Assert.Equal("Press [Enter now.", Plain(@"Anna: Press \[Enter now.").Lines[0].Text);

    [Fact]
    public void Headings_are_chapters()
    {
        var script = Plain("# The start\nAnna: One.\n## The end ##\nBen: Two.\n# After");

        Assert.Equal(
            [new DialogueChapter("The start", 0), new DialogueChapter("The end", 1), new DialogueChapter("After", 2)],
            script.Chapters);
    }

    [Fact]
    public void Markdown_marks_are_taken_away()
    {
        var script = DialogueParser.Parse(
            """
            # Two friends

            - **Anna:** I *really* like it.
            - **Ben**: Do you?
            > Anna: Yes, 2 * 3 * 4 times, snake_case_too.

            *(They laugh.)*
            <!-- not spoken: at all -->
            ---
            1. Ben: Fine.
            """,
            ScriptFormat.Markdown,
            "a test");

        Assert.Equal(
            ["I really like it.", "Do you?", "Yes, 2 * 3 * 4 times, snake_case_too.", "Fine."],
            script.Lines.Select(line => line.Text));
        Assert.Equal(["Anna", "Ben"], script.Speakers.Select(speaker => speaker.Name));
    }

    [Fact]
    public void Json_gives_voices_ids_and_directions()
    {
        var script = Json(
            """
            {"speakers":[{"name":"Ben","id":1,"voice":"deep"},{"name":"Anna","id":0,"voice":"warm"}],
             "lines":[{"speaker":"Anna","text":"Hello.","chapter":"Start"},
                      {"speaker":"ben","text":"[quickly] Oh.","pause":0.5,"overlap":0.2,"level":-3,"seed":7}]}
            """);

        Assert.Equal([new DialogueSpeaker("Anna", "warm"), new DialogueSpeaker("Ben", "deep")], script.Speakers);
        Assert.Equal(
            new LineDirection(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(0.2), 1.25, -3, 7),
            script.Lines[1].Direction);
        Assert.Equal([new DialogueChapter("Start", 0)], script.Chapters);
    }

    [Theory]
    [InlineData("""{"speakers":[{"name":"A","id":0},{"name":"B","id":0}],"lines":[]}""", "speakers[1]: 'B' has id 0, which is A's")]
    [InlineData("""{"speakers":[{"name":"A"},{"name":"a"}],"lines":[]}""", "speakers[1]: 'a' is listed twice")]
    [InlineData("""{"speakers":[{"name":"A","id":5}],"lines":[]}""", "ids are 0 to 0")]
    [InlineData("""{"lines":[{"speaker":"A","text":"x","pause":-1}]}""", "lines[0]: pause is -1")]
    [InlineData("""{"lines":[{"speaker":"A","text":"x","pause":1e300}]}""", "pause is 1E+300")]
    [InlineData("""{"lines":[{"speaker":"A","text":"x","pace":9}]}""", "pace is 9; allowed are 0.5 to 2")]
    [InlineData("""{"lines":[{"speaker":"A","text":" "}]}""", "lines[0]: A says nothing")]
    [InlineData("{\"lines\":[\n{\"speaker\":\"A\",\"txet\":\"x\"}]}", "line 2: ")]
    [InlineData("[]", "line 1: ")]
    [InlineData("null", "null instead of an object")]
    public void Json_faults_say_where(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<DialogueException>(() => Json(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("Anna: Hi.\nBem: Hello.", "line 2: 'Bem' is no speaker of this dialogue. Did you mean Ben?")]
    [InlineData("Anna: Hi.\nwho said this", "line 2: no speaker: 'who said this'")]
    [InlineData("Anna: Hi.\nBen:", "line 2: Ben says nothing")]
    [InlineData("Anna: Hi.\nBen: [slowly]", "line 2: Ben says nothing")]
    [InlineData("Anna: [slowley] Hi.", "line 1: [slowley] is no stage direction. Did you mean slowly?")]
    [InlineData("Anna: [pause long] Hi.", "line 1: [pause long] needs a time such as 0.5s")]
    [InlineData("Anna: [pause 999s] Hi.", "line 1: pause is 999; allowed are 0 to 60 seconds")]
    [InlineData("Anna: [pace fast] Hi.", "line 1: [pace fast] needs a number")]
    [InlineData("Anna: [seed -1] Hi.", "line 1: [seed -1] needs a whole number")]
    [InlineData("Anna: Hi.\n[slowly]", "line 2: '[slowly]' needs a speaker")]
    [InlineData("", "nobody says anything")]
    [InlineData("\n\n// only notes\n", "nobody says anything")]
    public void Faults_name_their_line(string text, string expected)
    {
        var error = Assert.Throws<DialogueException>(() => DialogueParser.Parse(text, ScriptFormat.Plain, "a test", ["Anna", "Ben"]));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_come_at_once_but_not_thousands()
    {
        var error = Assert.Throws<DialogueException>(() => Plain(string.Concat(Enumerable.Repeat("nobody here\n", 5_000))));

        Assert.Contains("line 1:", error.Message, StringComparison.Ordinal);
        Assert.Contains("line 20:", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("line 21:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fifth_speaker_is_too_many()
    {
        var error = Assert.Throws<DialogueException>(() => Plain("A: x\nB: x\nC: x\nD: x\nNote: this is text\nE: x"));

        Assert.Contains("line 5: 'Note' would be speaker 5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_longer_than_the_limit_is_refused() =>
        Assert.Contains(
            "2001 characters in one line, at most 2000",
            Assert.Throws<DialogueException>(() => Plain("Anna: " + new string('a', 2001))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_hundred_thousand_lines_are_read_and_one_more_is_an_error()
    {
        var text = string.Concat(Enumerable.Range(0, 50_000).Select(i => $"Anna: Number {i}.\nBen: Yes.\n"));

        Assert.Equal(100_000, Plain(text).Lines.Count);
        Assert.Contains(
            "line 100001: more than 100000 spoken lines",
            Assert.Throws<DialogueException>(() => Plain(text + "Anna: Too much.")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_cast_with_the_same_name_twice_is_refused() =>
        Assert.Contains(
            "'anna' is in the cast twice",
            Assert.Throws<DialogueException>(() => DialogueParser.Parse("Anna: x", ScriptFormat.Plain, "t", ["Anna", "anna"])).Message,
            StringComparison.Ordinal);

    [Property(MaxTest = 500)]
    public bool Any_text_is_a_script_or_a_list_of_faults(string text, int format)
    {
        try
        {
            var script = DialogueParser.Parse(text ?? "", (ScriptFormat)(Math.Abs(format % 3)), "noise");
            return script.Lines.All(line => line.Parts.All(part => part.Text.Length > 0));
        }
        catch (DialogueException)
        {
            return true;
        }
    }

    [Property(MaxTest = 300)]
    public bool Any_bracket_soup_is_a_script_or_a_list_of_faults(byte[] picks)
    {
        string[] soup = ["[", "]", "\\[", "pause", " 0.5", "s", "ms", "seed", " -", "9", ":", "Anna", "\n", " ", "**", "*", "_", "# ", "level", "dB", "\u2028"];
        var text = "Anna: a" + string.Concat(picks.Select(pick => soup[pick % soup.Length]));
        try
        {
            return DialogueParser.Parse(text, ScriptFormat.Markdown, "soup").Lines.Count > 0;
        }
        catch (DialogueException)
        {
            return true;
        }
    }

    private static DialogueScript Plain(string text) => DialogueParser.Parse(text, ScriptFormat.Plain, "a test");

    private static DialogueScript Json(string text) => DialogueParser.Parse(text, ScriptFormat.Json, "a test");
}
