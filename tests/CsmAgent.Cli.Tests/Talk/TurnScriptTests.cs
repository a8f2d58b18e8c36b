using CsmAgent.Audio.Devices;
using CsmAgent.Cli.Talk;
using CsmAgent.TestSupport;

namespace CsmAgent.Cli.Tests.Talk;

public sealed class TurnScriptTests : IDisposable
{
    private static readonly string Recording = Path.Combine(Fixtures.Repository, "voices", "desk-turns", "055-interrupt.wav");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("csm-agent-turns");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_conversation_that_ships_has_an_interruption_and_a_backchannel()
    {
        var turns = TurnScript.Read(Path.Combine(Fixtures.Repository, "voices", "desk-turns", "conversation.turns"));

        Assert.True(turns.Count >= 10);
        Assert.Equal(TurnStart.AgentSilent, turns[0].Start);
        Assert.Contains(turns, turn => turn.Name.Contains("interrupt", StringComparison.Ordinal) && turn.Start == TurnStart.AgentSpeaking);
        Assert.Contains(turns, turn => turn.Name.Contains("backchannel", StringComparison.Ordinal) && turn.Start == TurnStart.AgentSpeaking);
    }

    [Fact]
    public void Each_line_says_a_recording_and_when()
    {
        File.Copy(Recording, Path.Combine(_folder.FullName, "a.wav"));
        var script = Write("# remark\n\na.wav\na.wav during 2.5 # cuts in\na.wav after 0\na.wav then 1\n");

        var turns = TurnScript.Read(script);

        Assert.Equal(
            [
                (TurnStart.AgentSilent, 0.8), (TurnStart.AgentSpeaking, 2.5), (TurnStart.AgentSilent, 0), (TurnStart.Time, 1),
            ],
            turns.Select(turn => (turn.Start, turn.After.TotalSeconds)));
        Assert.All(turns, turn => Assert.False(turn.Samples.IsEmpty));
    }

    [Fact]
    public void A_recording_alone_is_a_conversation_of_one_turn() => Assert.Single(TurnScript.Read(Recording));

    [Theory]
    [InlineData("a.wav soon", "line 1: 'a.wav soon' is no turn")]
    [InlineData("\na.wav after never", "line 2: 'never' is no time")]
    [InlineData("a.wav during -1", "'-1' is no time")]
    [InlineData("b.wav", "there is no recording")]
    [InlineData("# nothing", "names no recording")]
    public void A_line_that_is_no_turn_is_named(string text, string expected)
    {
        File.Copy(Recording, Path.Combine(_folder.FullName, "a.wav"));

        var refused = Assert.Throws<CliException>(() => TurnScript.Read(Write(text)));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    private string Write(string text)
    {
        var path = Path.Combine(_folder.FullName, "script.turns");
        File.WriteAllText(path, text);
        return path;
    }
}
