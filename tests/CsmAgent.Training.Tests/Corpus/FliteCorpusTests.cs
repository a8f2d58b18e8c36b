using CsmAgent.Training.Corpus;

namespace CsmAgent.Training.Tests.Corpus;

public sealed class FliteCorpusTests
{
    [Fact]
    public void Timed_phones_become_runs_of_20_ms() => Assert.Equal("_8 hh5 l2", FliteCorpus.Runs("pau:0.164 hh:0.255 ax:0.259 l:0.301 "));

    [Fact]
    public void Sentences_spoken_by_flite_pass_every_check_of_preparation()
    {
        var folder = Directory.CreateTempSubdirectory("flite-").FullName;
        try
        {
            var seconds = FliteCorpus.Make(["Good morning to you.", "The rain has stopped at last."], ["slt"], Path.Combine(folder, "source"));
            var skipped = CorpusPreparer.Prepare(new() { Source = Path.Combine(folder, "source"), Output = Path.Combine(folder, "corpus"), HeldOutShare = 0.5 });

            using var corpus = PreparedCorpus.Open(Path.Combine(folder, "corpus"));
            Assert.Empty(skipped);
            Assert.InRange(seconds, 2, 10);
            Assert.Equal(2, corpus.Items.Count);
            Assert.Contains("r", corpus.PhoneSymbols);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
