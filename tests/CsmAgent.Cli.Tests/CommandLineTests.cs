using System.CommandLine;
using CsmAgent.Cli.Verbs;

namespace CsmAgent.Cli.Tests;

public sealed class CommandLineTests
{
    public static TheoryData<string> Verbs => [.. All(CommandLine.Build(new TestShell().Shell)).Select(pair => pair.Path)];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Help_of_every_verb_ends_with_its_examples(string path)
    {
        var shell = new TestShell();

        var code = await shell.RunAsync([.. path.Split(' '), "--help"]);

        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains($"Examples:\n  csm-agent {path}", shell.Out, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_example_is_a_command_line_that_parses(string path)
    {
        var root = CommandLine.Build(new TestShell().Shell);
        var verb = All(root).Single(pair => pair.Path == path).Verb;

        foreach (var example in verb.Examples)
        {
            // What a shell pipes in or out is not ours to parse.
            var own = example.Split(" > ")[0].Split(" < ")[0].Split(" | ")[0];
            var parsed = root.Parse(own);
            Assert.True(parsed.Errors.Count == 0, $"csm-agent {own}: {string.Join(' ', parsed.Errors.Select(error => error.Message))}");
            Assert.StartsWith(path, own, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_verb_and_option_says_what_it_does()
    {
        var root = CommandLine.Build(new TestShell().Shell);

        var silent = All(root).Select(pair => pair.Verb).SelectMany(verb => verb.Options.Cast<Symbol>().Concat(verb.Arguments).Append(verb))
            .Where(symbol => string.IsNullOrWhiteSpace(symbol.Description)).Select(symbol => symbol.Name);

        Assert.Empty(silent);
    }

    [Theory]
    [InlineData("docter", "'docter' is no word of csm-agent. Did you mean 'doctor'?")]
    [InlineData("doctor --verbos", "'--verbos' is no option of csm-agent doctor. Did you mean '--verbose'?")]
    [InlineData("", "say what to do, for example: csm-agent talk")]
    public async Task A_wrong_command_line_gets_one_sentence_and_exit_code_2(string line, string expected)
    {
        var shell = new TestShell();

        var code = await shell.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(expected, shell.Error, StringComparison.Ordinal);
        Assert.Empty(shell.Out);
    }

    [Fact]
    public async Task Doctor_names_every_library_it_looked_for()
    {
        var shell = new TestShell();

        await shell.RunAsync("doctor");

        Assert.All(["PortAudio", "speexdsp", "PocketSphinx", "flite"], name => Assert.Contains(name, shell.Out, StringComparison.Ordinal));
    }

    private static IEnumerable<(string Path, Verb Verb)> All(Command above, string path = "") =>
        above.Subcommands.OfType<Verb>().SelectMany(verb => All(verb, $"{path}{verb.Name} ").Prepend(($"{path}{verb.Name}", verb)));
}
