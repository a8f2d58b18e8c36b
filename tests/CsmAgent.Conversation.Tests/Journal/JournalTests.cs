using System.Diagnostics;
using CsmAgent.Conversation.Context;
using CsmAgent.Conversation.Journal;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Tests.Journal;

public sealed class JournalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("journal").FullName;

    [Fact]
    public void What_was_appended_is_there_when_it_is_opened_again()
    {
        Append(3);

        using var journal = new ConversationJournal(Path_);

        Assert.Equal([Text(0), Text(1), Text(2)], journal.Turns.Select(turn => turn.Text));
        var turn = journal.Turns[1];
        Assert.Equal((TurnSpeaker.Agent, 1, 7, true, 100L, 2000L), (turn.Speaker, turn.Turn, turn.Generation, turn.WasInterrupted, turn.FirstSample, turn.LastSample));
        Assert.Equal([[1, 2050, 0], [2, 1, 1]], turn.Codes.Select(frame => frame.Codes.ToArray()));
    }

    [Fact]
    public void Truncated_at_any_byte_it_keeps_every_whole_turn_and_goes_on()
    {
        Append(3);
        var whole = File.ReadAllBytes(Path_);
        var ends = Ends(whole);

        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(Path_, whole[..length]);
            var expected = ends.Count(end => end <= length);
            using (var journal = new ConversationJournal(Path_))
            {
                Assert.Equal(expected, journal.Turns.Count);
                journal.Append(Turn(9));
            }

            using var again = new ConversationJournal(Path_);
            Assert.Equal(expected + 1, again.Turns.Count);
            Assert.Equal(Text(9), again.Turns[^1].Text);
        }
    }

    [Fact]
    public void A_flipped_bit_anywhere_never_gives_a_wrong_turn()
    {
        Append(3);
        var whole = File.ReadAllBytes(Path_);
        for (var at = 8; at < whole.Length; at++)
        {
            var broken = (byte[])whole.Clone();
            broken[at] ^= 0x10;
            File.WriteAllBytes(Path_, broken);

            using var journal = new ConversationJournal(Path_);

            Assert.True(journal.Turns.Count < 3, $"byte {at}");
            Assert.Equal(Enumerable.Range(0, journal.Turns.Count).Select(Text), journal.Turns.Select(turn => turn.Text));
        }
    }

    [Fact]
    public void Another_file_is_refused_and_left_alone()
    {
        File.WriteAllText(Path_, "my diary of a whole year");

        var refused = Assert.Throws<InvalidDataException>(() => new ConversationJournal(Path_));

        Assert.Contains("is not a conversation's journal", refused.Message, StringComparison.Ordinal);
        Assert.Equal("my diary of a whole year", File.ReadAllText(Path_));
    }

    [Fact]
    public void Two_conversations_of_one_name_cannot_run_at_once()
    {
        using var first = new ConversationJournal(Path_);

        Assert.Throws<IOException>(() => new ConversationJournal(Path_));
    }

    [Fact]
    public void What_is_kept_can_be_seen_and_deleted_when_no_conversation_runs()
    {
        Append(3);

        Assert.Equal(["talk"], KeptConversations.List(_folder));
        Assert.Equal([Text(0), Text(1), Text(2)], KeptConversations.Read(_folder, "talk").Select(turn => turn.Text));
        KeptConversations.Forget(_folder, "talk");
        Assert.Empty(Directory.GetFiles(_folder));
        Assert.Throws<FileNotFoundException>(() => KeptConversations.Read(_folder, "talk"));
    }

    [Fact]
    public void Forgotten_means_gone_from_the_disk()
    {
        Append(3);
        using (var journal = new ConversationJournal(Path_))
        {
            journal.Forget();
            journal.Append(Turn(5));
        }

        Assert.DoesNotContain(Text(0), File.ReadAllText(Path_), StringComparison.Ordinal);
        using var again = new ConversationJournal(Path_);
        Assert.Equal(Text(5), Assert.Single(again.Turns).Text);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_conversation_killed_at_any_moment_goes_on_and_has_lost_at_most_the_turn_under_way()
    {
        var random = new Random(5);
        var path = ConversationJournal.PathOf(_folder, "conversation");
        var before = Array.Empty<string>();
        for (var round = 0; round < 3; round++)
        {
            using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet")
            {
                ArgumentList = { "exec", typeof(JournalTests).Assembly.Location, TalkUntilKilled.Verb, _folder },
                RedirectStandardOutput = true,
            })!;
            var history = await child.StandardOutput.ReadLineAsync();
            Assert.Equal($"history {string.Join('|', before)}", history);
            var told = new List<string>();
            var killAfter = random.Next(1, 12);
            while (told.Count < killAfter)
            {
                told.Add((await child.StandardOutput.ReadLineAsync())!["heard ".Length..]);
            }

            // Somewhere in the turn that follows: talking, thinking or speaking.
            await Task.Delay(random.Next(0, 40));
            child.Kill();
            var rest = await child.StandardOutput.ReadToEndAsync();
            told.AddRange(rest.Split('\n').SkipLast(1).Select(line => line["heard ".Length..]));
            await child.WaitForExitAsync();

            using var journal = new ConversationJournal(path);
            var kept = journal.Turns.Select(turn => turn.Text).ToArray();
            Assert.Equal(before, kept.Take(before.Length));
            var heard = journal.Turns.Skip(before.Length).Where(turn => turn.Speaker == TurnSpeaker.Agent).Select(turn => turn.Text).ToArray();
            Assert.Equal(told, heard.Take(told.Count));
            Assert.InRange(heard.Length - told.Count, 0, 2); // on disk, and killed before it could say so
            before = kept;
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    internal static HeardTurn Turn(int number) => new(
        number % 2 == 0 ? TurnSpeaker.User : TurnSpeaker.Agent, number, 7, Text(number), true, 100, 2000,
        [new CodeFrame(new[] { 1, 2050, 0 }), new CodeFrame(new[] { 2, 1, 1 })]);

    internal static string Text(int number) => $"turn {number}";

    private string Path_ => Path.Combine(_folder, "talk.journal");

    private void Append(int count)
    {
        using var journal = new ConversationJournal(Path_);
        for (var i = 0; i < count; i++)
        {
            journal.Append(Turn(i));
        }
    }

    private static List<int> Ends(byte[] whole)
    {
        var ends = new List<int>();
        for (var at = 8; at < whole.Length;)
        {
            at += 12 + BitConverter.ToInt32(whole, at);
            ends.Add(at);
        }

        return ends;
    }
}
