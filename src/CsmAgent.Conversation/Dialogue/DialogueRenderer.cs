using System.Threading.Channels;
using CsmAgent.Audio;
using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Dialogue.Captions;
using CsmAgent.Conversation.Dialogue.Script;
using CsmAgent.Conversation.Dialogue.Takes;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Dialogue;

/// <summary>Turns a script into sound, captions and stems: all speakers in one context, each hearing the others.</summary>
/// <param name="synthesizer">Speaks.</param>
/// <param name="time">Measures the computing.</param>
public sealed class DialogueRenderer(ISpeechSynthesizer synthesizer, TimeProvider time)
{
    private const int LinesAhead = 3;
    private const int MaxMarkName = 60;

    /// <summary>Makes a dialogue. Lines spoken before with the same words, voice and seed are taken from disk.</summary>
    /// <param name="script">What is said.</param>
    /// <param name="settings">Where to and how.</param>
    /// <param name="progress">Told after each frame; null for silence.</param>
    /// <param name="listener">Hears the mix while it is made, up to three lines behind; null for nobody.</param>
    /// <param name="cancellationToken">Stops; takes are kept, the files are not touched.</param>
    /// <exception cref="DialogueException">A line holds nothing that can be spoken, or a redone line does not exist.</exception>
    /// <exception cref="EngineException">A voice or the engine fails.</exception>
    /// <exception cref="AudioFileException">A file cannot be written.</exception>
    public async Task<DialogueResult> RenderAsync(
        DialogueScript script, DialogueSettings settings, IProgress<DialogueProgress>? progress, IDialogueListener? listener,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(script);
        ArgumentNullException.ThrowIfNull(settings);
        Check(script, settings);
        var store = new TakeStore(settings.TakesFolder);
        if (settings.IsFresh)
        {
            store.Clear();
        }

        using var files = new DialogueFiles(script, settings);
        await using var maker = new TakeMaker(synthesizer, settings.Voices);
        var run = new Run(script, settings, store, maker, files, new DialogueClock(script, time, progress, () => maker.Context), [.. settings.Voices.Select(synthesizer.IdentityOf)]);
        if (listener is null)
        {
            await run.MakeAsync(null, cancellationToken);
        }
        else
        {
            await MakeAndHearAsync(run, listener, cancellationToken);
        }

        return run.Complete();
    }

    private static async Task MakeAndHearAsync(Run run, IDialogueListener listener, CancellationToken cancellationToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var heard = Channel.CreateBounded<Stretch>(LinesAhead);
        var hearing = HearAsync();
        try
        {
            await run.MakeAsync(heard.Writer, both.Token);
            heard.Writer.Complete();
        }
        catch (Exception e)
        {
            heard.Writer.Complete(e);
            // When the listener failed first, its reason is the one to tell.
            await hearing;
            throw;
        }

        await hearing;

        async Task HearAsync()
        {
            try
            {
                await foreach (var stretch in heard.Reader.ReadAllAsync(cancellationToken))
                {
                    await listener.HearAsync(stretch.First, stretch.Samples, stretch.Cues, cancellationToken);
                }
            }
            catch
            {
                await both.CancelAsync();
                throw;
            }
        }
    }

    private static void Check(DialogueScript script, DialogueSettings settings)
    {
        if (settings.Voices.Count != script.Speakers.Count)
        {
            throw new ArgumentException($"{script.Speakers.Count} speakers, {settings.Voices.Count} voices.", nameof(settings));
        }

        var faults = new ScriptFaults("The script");
        foreach (var line in script.Lines.Where(line => TakeMaker.Clauses(line).Count == 0))
        {
            faults.Add(line.Source, $"'{line.Text}' holds nothing that can be spoken");
        }

        foreach (var number in settings.Redo.Where(number => number < 1 || number > script.Lines.Count))
        {
            faults.Add($"--redo {number}", $"the script has lines 1 to {script.Lines.Count}");
        }

        faults.ThrowIfAny();
    }

    private sealed record Stretch(long First, float[] Samples, IReadOnlyList<CaptionCue> Cues);

    /// <summary>One rendering's state.</summary>
    private sealed class Run(
        DialogueScript script, DialogueSettings settings, TakeStore store, TakeMaker maker, DialogueFiles files, DialogueClock clock, IReadOnlyList<string> voices)
    {
        private readonly Dictionary<string, int> _occurrences = new(StringComparer.Ordinal);
        private readonly List<string> _warnings = [];
        private readonly List<(long Sample, string Name)> _marks = [];
        private readonly List<CaptionCue> _waiting = [];
        private long _lastStart;
        private long _end;
        private int _chapter;
        private int _generated;

        public async Task MakeAsync(ChannelWriter<Stretch>? heard, CancellationToken cancellationToken)
        {
            for (var i = 0; i < script.Lines.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var line = script.Lines[i];
                var take = await TakeAsync(i, line, cancellationToken);
                var placed = PlacedLine.Of(take, line.Direction);
                if (placed.Runs.Count == 0)
                {
                    _warnings.Add($"{line.Source}: nothing can be heard of '{line.Text}'");
                }

                var from = files.Mixer.Written;
                Emit(heard is null ? null : from, Place(i, line, placed), out var stretch);
                if (heard is not null && stretch is not null)
                {
                    await heard.WriteAsync(stretch, cancellationToken);
                }

                clock.Finished(line);
            }

            var last = files.Mixer.Written;
            Emit(last, files.Mixer.Finish(), out var rest);
            if (heard is not null && rest is not null)
            {
                await heard.WriteAsync(rest, cancellationToken);
            }
        }

        public DialogueResult Complete()
        {
            if (files.Mixer.Limited > 0)
            {
                _warnings.Add($"{files.Mixer.Limited} samples were louder than full scale and were limited; lower the [level] of overlapping lines");
            }

            var duration = TimeSpan.FromSeconds(files.Mixer.Written / (double)AudioFormat.SampleRateHz);
            return new DialogueResult(duration, _generated, clock.RealTimeFactor, files.Complete(_marks), _warnings);
        }

        private async Task<Take> TakeAsync(int index, DialogueLine line, CancellationToken cancellationToken)
        {
            var words = $"{script.Speakers[line.Speaker].Name}\n{line.Text}";
            var occurrence = _occurrences[words] = _occurrences.GetValueOrDefault(words) + 1;
            var seed = line.Direction.Seed ?? Convert.ToUInt64(TakeStore.Key(settings.Seed, words, occurrence)[..16], 16);
            var clauses = string.Join('|', TakeMaker.Clauses(line).Select(clause => $"{clause.Pause.Ticks}:{clause.Spoken}"));
            var key = TakeStore.Key(
                voices[line.Speaker], line.Speaker, settings.Sampling.Temperature ?? -1, settings.Sampling.TopK ?? -1, seed, occurrence, clauses);
            var take = store.Find(key);
            if (take is not null && !settings.Redo.Contains(index + 1))
            {
                maker.Remember(line.Speaker, take);
                return take;
            }

            var sampling = settings.Sampling with { Seed = take is null ? seed : take.Seed + 0x9E3779B97F4A7C15 };
            clock.Started(index);
            take = await maker.SpeakAsync(line, sampling, clock.Heard, warning => _warnings.Add($"{line.Source}: {warning}"), cancellationToken);
            clock.Stopped();
            store.Write(key, take);
            _generated++;

            // As it lies on disk, so that a dialogue made in two goes is the same to the sample.
            return store.Find(key) ?? take;
        }

        private float[] Place(int index, DialogueLine line, PlacedLine placed)
        {
            var gap = index == 0 || line.Direction.Overlap > TimeSpan.Zero ? TimeSpan.Zero : settings.Gap;
            var start = _end + PlacedLine.Samples24(line.Direction.Pause ?? gap) - PlacedLine.Samples24(line.Direction.Overlap);
            start = Math.Max(start, _lastStart);
            var written = files.Mixer.Add(line.Speaker, start, placed.Samples);
            (_lastStart, _end) = (start, Math.Max(_end, start + placed.Samples.Length));
            while (_chapter < script.Chapters.Count && script.Chapters[_chapter].FirstLine <= index)
            {
                _marks.Add((start, script.Chapters[_chapter++].Title));
            }

            var name = $"{script.Speakers[line.Speaker].Name}: {line.Text}";
            _marks.Add((start, name.Length <= MaxMarkName ? name : name[..(MaxMarkName - 1)] + "…"));
            _waiting.AddRange(placed.Cues(start, script.Speakers[line.Speaker].Name));
            return written;
        }

        /// <summary>Cues before the written edge are final: no later line can begin before them.</summary>
        private void Emit(long? from, float[] written, out Stretch? stretch)
        {
            var edge = files.Mixer.Written;
            var final = _waiting.Where(cue => cue.StartSample < edge).OrderBy(cue => cue.StartSample).ToList();
            _waiting.RemoveAll(cue => cue.StartSample < edge);
            foreach (var cue in final)
            {
                files.Captions.Write(cue);
            }

            stretch = from is { } first && written.Length > 0 ? new Stretch(first, written, final) : null;
        }
    }
}
