using System.Runtime.InteropServices;
using System.Text.Json;

namespace CsmAgent.Training.Corpus;

/// <summary>Turns a corpus folder into the cache training reads: verified items, one file of 16-bit samples, a held-out split.</summary>
public static class CorpusPreparer
{
    /// <summary>Decodes, verifies and writes. The cache appears complete or not at all.</summary>
    /// <param name="options">What and where.</param>
    /// <param name="progress">Told after each audio file: share done and what happened; null for silence.</param>
    /// <param name="cancellationToken">Ends the work; the unfinished cache is removed.</param>
    /// <returns>The items left out, with reasons.</returns>
    /// <exception cref="InvalidDataException">No item is fit for training, or a decoder is missing.</exception>
    public static IReadOnlyList<SkippedItem> Prepare(
        CorpusOptions options, IProgress<(double Share, string Message)>? progress = null, CancellationToken cancellationToken = default)
    {
        var (items, unreadable) = CorpusIndex.Read(options.Source);
        var skipped = unreadable.ToList();
        var heldOut = CorpusSplit.HeldOut(items.Select(item => item.Item.Text), options.HeldOutShare, options.Seed);
        var working = options.Output.TrimEnd('/') + ".partial";
        Directory.CreateDirectory(working);
        try
        {
            var kept = new List<CorpusItem>();
            using (var audio = File.Create(Path.Combine(working, PreparedCorpus.AudioFile)))
            {
                var files = items.GroupBy(item => item.Item.File).ToList();
                foreach (var (group, done) in files.Select((group, index) => (group, index)))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var before = skipped.Count;
                    AddFile(options.Source, group, heldOut, audio, kept, skipped);
                    progress?.Report(((done + 1.0) / files.Count, $"{group.Key}: {group.Count()} items, {skipped.Count - before} left out"));
                }
            }

            if (!kept.Exists(item => !item.IsHeldOut))
            {
                throw new InvalidDataException($"{options.Source}: none of {items.Count} items is fit for training; the first fault is: {skipped.FirstOrDefault()?.Reason}.");
            }

            WriteLists(working, options, kept, skipped);
            if (Directory.Exists(options.Output))
            {
                Directory.Delete(options.Output, recursive: true);
            }

            Directory.Move(working, options.Output);
            return skipped;
        }
        catch
        {
            Directory.Delete(working, recursive: true);
            throw;
        }
    }

    private static void AddFile(
        string folder, IGrouping<string, (int Line, SourceItem Item)> group, IReadOnlySet<string> heldOut, FileStream audio,
        List<CorpusItem> kept, List<SkippedItem> skipped)
    {
        var path = Path.Combine(folder, group.Key);
        if (!File.Exists(path))
        {
            skipped.AddRange(group.Select(item => new SkippedItem(item.Line, $"missing: no file {group.Key}")));
            return;
        }

        var samples = AudioDecoder.Decode(path);
        foreach (var (line, item) in group)
        {
            if (item.Start + item.Samples > samples.Length)
            {
                skipped.Add(new(line, $"missing: ends at sample {item.Start + item.Samples} of {group.Key}, which has {samples.Length}"));
                continue;
            }

            var own = samples.AsSpan((int)item.Start, item.Samples);
            if (ItemCheck.Fault(item, own) is { } fault)
            {
                skipped.Add(new(line, fault));
                continue;
            }

            kept.Add(new(audio.Position / sizeof(short), item.Samples, item.Voice, heldOut.Contains(item.Text), item.Text, item.Phones));
            audio.Write(MemoryMarshal.AsBytes(own));
        }
    }

    private static void WriteLists(string folder, CorpusOptions options, List<CorpusItem> kept, List<SkippedItem> skipped)
    {
        File.WriteAllLines(Path.Combine(folder, PreparedCorpus.ItemsFile), kept.Select(PreparedCorpus.Format));
        File.WriteAllLines(Path.Combine(folder, "skipped.tsv"), skipped.Select(item => $"{item.Line}\t{item.Reason}"));
        var facts = new { version = PreparedCorpus.Version, source = Path.GetFileName(options.Source.TrimEnd('/')), options.Seed, options.HeldOutShare, items = kept.Count, skipped = skipped.Count };
        File.WriteAllText(Path.Combine(folder, PreparedCorpus.FactsFile), JsonSerializer.Serialize(facts));
    }
}
