using CsmAgent.TestSupport;

namespace CsmAgent.Cli.Tests.Verbs;

public sealed class CorpusVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("corpus").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Speech_without_phone_labels_is_not_aligned()
    {
        var shell = new TestShell();
        Assert.True(await PrepareAsync(shell, "the invention of movable metal", "letters in the middle of the fifteenth century") == ExitCode.Ok, shell.Error);

        Assert.NotEqual(ExitCode.Ok, await shell.RunAsync("corpus", "align", At("corpus"), At("letters.txt")));

        Assert.Contains($"{At("corpus")}: no phone labels", shell.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(At("letters.txt")));
    }

    [Fact]
    public async Task One_text_is_no_corpus()
    {
        var shell = new TestShell();

        Assert.NotEqual(ExitCode.Ok, await PrepareAsync(shell, "the invention of movable metal"));

        Assert.Contains("none of 1 items is fit for training; the first fault is: the only text is held out, and two are needed.", shell.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("corpus")));
    }

    private string At(string name) => Path.Combine(_folder, name);

    // Every text is said by two seconds of the same recording, one after the other.
    private async Task<int> PrepareAsync(TestShell shell, params string[] texts)
    {
        Directory.CreateDirectory(At("source"));
        File.Copy(Fixtures.Path("speech", "lj-0005.wav"), Path.Combine(At("source"), "linda.wav"));
        var rows = texts.Select((text, index) => $"linda.wav\t{index * 48000}\t48000\tlinda\t{text}\t");
        await File.WriteAllLinesAsync(Path.Combine(At("source"), "index.tsv"), ["file\tstart\tsamples\tvoice\ttext\tphones", .. rows]);
        return await shell.RunAsync("corpus", "prepare", At("source"), At("corpus"));
    }
}
