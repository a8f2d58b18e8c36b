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
        var skipped = new List<SkippedItem>();
        var own = Read(options.Source, skipped);
        var heldOut = CorpusSplit.HeldOut(own.Select(entry => entry.Item.Text), options.HeldOutShare, options.Seed);
        var further = options.Further.SelectMany(folder => Read(folder, skipped)).ToLookup(entry => heldOut.Contains(entry.Item.Text));
        skipped.AddRange(further[true].Select(entry => new SkippedItem(entry.Folder, entry.Line, "its text is held out")));
        var items = own.Concat(further[false]).ToList();
        var working = options.Output.TrimEnd('/') + ".partial";
        Directory.CreateDirectory(working);
        try
        {
            var kept = new List<CorpusItem>();
            using (var audio = File.Create(Path.Combine(working, PreparedCorpus.AudioFile)))
            {
                var files = items.GroupBy(entry => (entry.Folder, entry.Item.File)).ToList();
                foreach (var (group, done) in files.Select((group, index) => (group, index)))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var before = skipped.Count;
                    var (sizes, late) = group.Key.Folder == options.Source ? (options.Sizes, options.LateLabels) : ([], 0);
                    AddFile(group.Key.Folder, group.Key.File, group, heldOut, sizes, late, audio, kept, skipped);
                    progress?.Report(((done + 1.0) / files.Count, $"{group.Key.File}: {group.Count()} items, {skipped.Count - before} left out"));
                }
            }

            if (!kept.Exists(item => !item.IsHeldOut))
            {
                var why = kept.Count > 0 ? "the only text is held out, and two are needed" : skipped.FirstOrDefault()?.Reason ?? "there is no item";
                throw new InvalidDataException($"{options.Source}: none of {items.Count} items is fit for training; the first fault is: {why}.");
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

    private static IReadOnlyList<(string Folder, int Line, SourceItem Item)> Read(string folder, List<SkippedItem> skipped)
    {
        var (items, unreadable) = CorpusIndex.Read(folder);
        skipped.AddRange(unreadable);
        return [.. items.Select(item => (folder, item.Line, item.Item))];
    }

    private static void AddFile(
        string folder, string file, IEnumerable<(string Folder, int Line, SourceItem Item)> group, IReadOnlySet<string> heldOut,
        IReadOnlyList<double> sizes, int late, FileStream audio, List<CorpusItem> kept, List<SkippedItem> skipped)
    {
        var path = Path.Combine(folder, file);
        if (!File.Exists(path))
        {
            skipped.AddRange(group.Select(entry => new SkippedItem(folder, entry.Line, $"missing: no file {file}")));
            return;
        }

        var samples = AudioDecoder.Decode(path);
        foreach (var (_, line, item) in group)
        {
            if (item.Start + item.Samples > samples.Length)
            {
                skipped.Add(new(folder, line, $"missing: ends at sample {item.Start + item.Samples} of {file}, which has {samples.Length}"));
                continue;
            }

            var own = samples.AsSpan((int)item.Start, item.Samples);
            if (ItemCheck.Fault(item, own) is { } fault)
            {
                skipped.Add(new(folder, line, fault));
                continue;
            }

            var isHeldOut = heldOut.Contains(item.Text);
            var phones = PhoneRuns.Earlier(item.Phones, late);
            kept.Add(new(audio.Position / sizeof(short), item.Samples, item.Voice, isHeldOut, item.Text, phones));
            audio.Write(MemoryMarshal.AsBytes(own));
            foreach (var size in isHeldOut ? [] : sizes)
            {
                kept.Add(new(audio.Position / sizeof(short), item.Samples, SpeakerSize.NameOf(item.Voice, size), false, item.Text, phones));
                audio.Write(MemoryMarshal.AsBytes(SpeakerSize.Apply(own, size)));
            }
        }
    }

    private static void WriteLists(string folder, CorpusOptions options, List<CorpusItem> kept, List<SkippedItem> skipped)
    {
        File.WriteAllLines(Path.Combine(folder, PreparedCorpus.ItemsFile), kept.Select(PreparedCorpus.Format));
        File.WriteAllLines(Path.Combine(folder, "skipped.tsv"), skipped.Select(item => $"{item.Folder}\t{item.Line}\t{item.Reason}"));
        var facts = new { version = PreparedCorpus.Version, source = string.Join(" + ", options.Further.Prepend(options.Source).Select(folder => Path.GetFileName(folder.TrimEnd('/')))), options.Seed, options.HeldOutShare, options.Sizes, options.LateLabels, items = kept.Count, skipped = skipped.Count };
        File.WriteAllText(Path.Combine(folder, PreparedCorpus.FactsFile), JsonSerializer.Serialize(facts));
    }
}
