using CsmAgent.Audio;
using CsmAgent.Audio.Analysis;
using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Dialogue;
using CsmAgent.Conversation.Dialogue.Captions;
using CsmAgent.Conversation.Dialogue.Script;

namespace CsmAgent.Conversation.Tests.Dialogue;

[Collection("Alone")]
public sealed class DialogueRendererTests : IDisposable
{
    private const string Text =
        """
        # Greeting
        Anna: Hello there, my friend.
        Ben: Oh! [pause 0.5s] I did not see you.
        # The end
        Anna: [overlap 0.3s] [slowly] That is quite all right, I was standing behind the very tall plant, you know, and nobody ever looks there at all.
        Ben: [level -12dB] Good bye.
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("dialogue ö").FullName;
    private readonly ToneSynthesizer _tones = new();

    private string Output => Path.Combine(_folder, "talk.wav");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task All_speakers_share_one_context()
    {
        await RenderAsync(Script());

        Assert.Equal([["warm", "deep"]], _tones.Opened);
        Assert.Equal([0, 1, 1, 0], _tones.Spoken.Take(4).Select(request => request.Speaker));
        Assert.Empty(_tones.Heard);
    }

    [Fact]
    public async Task Captions_begin_and_end_within_a_frame_of_the_sound()
    {
        var listener = new Listener();
        await RenderAsync(Script(), settings => settings with { HasStems = true }, listener);

        foreach (var (speaker, stem) in new[] { ("Anna", "0-Anna"), ("Ben", "1-Ben") })
        {
            var samples = WavFile.Read(Path.ChangeExtension(Output, $".{stem}.wav")).Interleaved;
            foreach (var run in Runs(listener.Cues.Where(cue => cue.Speaker == speaker)))
            {
                var from = (int)Math.Max(0, run.Start - 3_000);
                var around = samples.AsSpan(from, (int)Math.Min(samples.Length, run.End + 3_000) - from);
                var sound = SpeechExtent.Find(around);
                Assert.InRange(from + sound.Start - run.Start, -AudioFormat.FrameSamples, AudioFormat.FrameSamples);
                Assert.InRange(from + sound.End - run.End, -AudioFormat.FrameSamples, AudioFormat.FrameSamples);
            }
        }
    }

    [Fact]
    public async Task Captions_hold_every_word_in_order_and_fit_a_screen()
    {
        var listener = new Listener();
        await RenderAsync(Script(), listener: listener);

        Assert.Equal(
            string.Join(' ', Script().Lines.Select(line => line.Text)),
            string.Join(' ', listener.Cues.Select(cue => cue.Text)));
        Assert.All(listener.Cues, cue => Assert.InRange(cue.Text.Length, 1, 76));
        Assert.All(listener.Cues, cue => Assert.True(cue.EndSample > cue.StartSample));
        var vtt = await File.ReadAllTextAsync(Path.ChangeExtension(Output, ".vtt"));
        Assert.StartsWith("WEBVTT\n\n1\n00:00:00.020 --> ", vtt, StringComparison.Ordinal);
        Assert.Contains("<v Anna>Hello there, my friend.", vtt, StringComparison.Ordinal);
        Assert.Contains("Ben: I did not see you.", await File.ReadAllTextAsync(Path.ChangeExtension(Output, ".srt")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_listener_hears_the_whole_mix_in_order()
    {
        var listener = new Listener();
        var result = await RenderAsync(Script(), settings => settings with { IsStereo = false }, listener);

        var mix = WavFile.Read(Output).Interleaved;
        Assert.Equal(mix.Length, listener.Samples.Count);
        Assert.All(mix.Zip(listener.Samples), pair => Assert.InRange(pair.First - pair.Second, -1e-4, 1e-4));
        Assert.Equal(mix.Length / (double)AudioFormat.SampleRateHz, result.Duration.TotalSeconds, 1e-3);
    }

    [Fact]
    public async Task Speakers_stand_left_and_right_and_stems_add_up_to_the_mix()
    {
        await RenderAsync(Script(), settings => settings with { HasStems = true });

        var mix = WavFile.Read(Output);
        var anna = WavFile.Read(Path.ChangeExtension(Output, ".0-Anna.wav")).Interleaved;
        var (left, right) = (mix.Channel(0), mix.Channel(1));
        Assert.Equal(left.Length, anna.Length);
        var first = SpeechExtent.Find(anna.AsSpan(0, 24_000));
        Assert.True(Level.Rms(left.AsSpan(first.Start, 4_800)) > 1.5 * Level.Rms(right.AsSpan(first.Start, 4_800)));
    }

    [Fact]
    public async Task Directions_move_stretch_and_quieten()
    {
        var listener = new Listener();
        await RenderAsync(Script(), settings => settings with { HasStems = true }, listener);
        var ben = listener.Cues.Where(cue => cue.Speaker == "Ben").ToList();
        var anna = listener.Cues.Where(cue => cue.Speaker == "Anna").ToList();

        // The pause in Ben's line, between "Oh!" and the rest; pads of 20 ms on both sides belong to the speech.
        Assert.InRange((ben[1].StartSample - ben[0].EndSample) / 24_000.0, 0.5, 0.56);
        // Anna begins 0.3 s before Ben ends.
        Assert.InRange((ben[1].EndSample - anna[1].StartSample) / 24_000.0, 0.2, 0.32);
        var stem = WavFile.Read(Path.ChangeExtension(Output, ".1-Ben.wav")).Interleaved;
        var loud = Level.Rms(stem.AsSpan((int)ben[1].StartSample, 4_800));
        var quiet = Level.Rms(stem.AsSpan((int)ben[^1].StartSample + 480, 4_800));
        Assert.InRange(Level.ToDecibels(quiet / loud), -13, -11);
    }

    [Fact]
    public async Task Chapters_and_lines_are_marked_in_the_file()
    {
        await RenderAsync(Script());

        var bytes = await File.ReadAllBytesAsync(Output);
        Assert.True(bytes.AsSpan().IndexOf("The end"u8) > 0);
        Assert.True(bytes.AsSpan().IndexOf("Ben: Good bye."u8) > 0);
    }

    [Fact]
    public async Task An_interrupted_dialogue_goes_on_where_it_stopped_and_sounds_the_same()
    {
        await RenderAsync(Script());
        var whole = await File.ReadAllBytesAsync(Output);
        Directory.Delete(new DialogueSettings(Output, []).TakesFolder, recursive: true);
        foreach (var file in Directory.GetFiles(_folder))
        {
            File.Delete(file);
        }

        _tones.BeforeSpeaking = request =>
        {
            if (request.Text.StartsWith("That is", StringComparison.Ordinal))
            {
                throw new OperationCanceledException();
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RenderAsync(Script()));
        Assert.Empty(Directory.GetFiles(_folder));
        _tones.BeforeSpeaking = _ => { };
        _tones.Spoken.Clear();

        var result = await RenderAsync(Script());

        Assert.Equal(2, result.GeneratedLines);
        Assert.DoesNotContain(_tones.Spoken, request => request.Text.Contains("Hello", StringComparison.Ordinal));
        Assert.Equal(["Hello there, my friend.", "Oh!", "I did not see you."], _tones.Heard.Select(segment => segment.Text));
        Assert.Equal(whole, await File.ReadAllBytesAsync(Output));
    }

    [Fact]
    public async Task One_line_redone_leaves_the_others_as_they_were()
    {
        await RenderAsync(Script(), settings => settings with { HasStems = true });
        var before = WavFile.Read(Path.ChangeExtension(Output, ".0-Anna.wav")).Interleaved;
        var benBefore = WavFile.Read(Path.ChangeExtension(Output, ".1-Ben.wav")).Interleaved;
        _tones.Spoken.Clear();

        var result = await RenderAsync(Script(), settings => settings with { HasStems = true, Redo = new HashSet<int> { 1 } });

        Assert.Equal(1, result.GeneratedLines);
        Assert.Equal("Hello there, my friend.", Assert.Single(_tones.Spoken).Text);
        var after = WavFile.Read(Path.ChangeExtension(Output, ".0-Anna.wav")).Interleaved;
        Assert.Equal(benBefore, WavFile.Read(Path.ChangeExtension(Output, ".1-Ben.wav")).Interleaved);
        Assert.NotEqual(before[..24_000], after[..24_000]);
        Assert.Equal(before[60_000..], after[60_000..]);
    }

    [Fact]
    public async Task A_seed_of_its_own_changes_one_line_only()
    {
        await RenderAsync(Script());
        _tones.Spoken.Clear();

        await RenderAsync(DialogueParser.Parse(Text.Replace("Good bye", "[seed 5] Good bye", StringComparison.Ordinal), ScriptFormat.Plain, "t"));

        Assert.Equal(5ul, Assert.Single(_tones.Spoken).Sampling!.Seed);
    }

    [Fact]
    public async Task The_same_words_twice_are_spoken_twice()
    {
        await RenderAsync(DialogueParser.Parse("Anna: No.\nBen: Yes.\nAnna: No.", ScriptFormat.Plain, "t"));

        Assert.Equal(3, _tones.Spoken.Select(request => request.Sampling!.Seed).Distinct().Count());
    }

    [Fact]
    public async Task A_damaged_take_is_spoken_again()
    {
        await RenderAsync(Script());
        var takes = Directory.GetFiles(new DialogueSettings(Output, []).TakesFolder).Order(StringComparer.Ordinal).ToList();
        await File.WriteAllBytesAsync(takes[0], (await File.ReadAllBytesAsync(takes[0]))[..^100]);
        await File.WriteAllTextAsync(takes[1], "no take at all, but long enough to look like one");

        Assert.Equal(2, (await RenderAsync(Script())).GeneratedLines);
    }

    [Fact]
    public async Task A_line_without_words_is_named_before_anything_is_spoken()
    {
        var script = DialogueParser.Parse("Anna: Hello.\nBen: ...\nAnna: ?!", ScriptFormat.Plain, "t");

        var error = await Assert.ThrowsAsync<DialogueException>(() => RenderAsync(script));

        Assert.Contains("line 2: '...' holds nothing that can be spoken", error.Message, StringComparison.Ordinal);
        Assert.Contains("line 3:", error.Message, StringComparison.Ordinal);
        Assert.Empty(_tones.Spoken);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task A_silent_line_is_warned_of()
    {
        _tones.IsMute = true;

        var result = await RenderAsync(DialogueParser.Parse("Anna: Hello.", ScriptFormat.Plain, "t"));

        Assert.Equal("line 1: nothing can be heard of 'Hello.'", Assert.Single(result.Warnings));
    }

    [Fact]
    public async Task A_listener_that_fails_ends_the_dialogue_with_its_own_reason()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => RenderAsync(Script(), listener: new BrokenListener()));

        Assert.Equal("unplugged", error.Message);
        Assert.False(File.Exists(Output));
    }

    [Fact]
    public async Task Progress_reaches_the_end()
    {
        var seen = new List<DialogueProgress>();
        await new DialogueRenderer(_tones, TimeProvider.System).RenderAsync(
            Script(), new DialogueSettings(Output, ["warm", "deep"]), new Sink(seen), null, CancellationToken.None);

        Assert.Equal(1, seen[^1].Share);
        Assert.Equal(seen.Count - 4, seen[^1].Frames);
        Assert.True(seen[^1].Frames > 100);
        Assert.NotNull(seen[^1].RealTimeFactor);
        Assert.Equal(4, seen[^1].LineCount);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Ten_minutes_take_no_more_memory_than_one()
    {
        long Peak(int lines)
        {
            var script = DialogueParser.Parse(
                string.Concat(Enumerable.Range(0, lines).Select(i => $"{(i % 2 == 0 ? "Anna" : "Ben")}: Line number {i}.\n")), ScriptFormat.Plain, "t");
            var peak = 0L;
            _tones.BeforeSpeaking = _ => peak = _tones.Spoken.Count % 20 == 0 ? Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true)) : peak;
            RenderAsync(script, settings => settings with { IsFresh = true }).GetAwaiter().GetResult();
            return peak;
        }

        var one = await Task.Run(() => Peak(40));
        var ten = await Task.Run(() => Peak(400));

        Assert.InRange(ten - one, long.MinValue, 4_000_000);
    }

    private static DialogueScript Script() => DialogueParser.Parse(Text, ScriptFormat.Plain, "a test");

    /// <summary>Cues that follow each other without a pause are one stretch of sound.</summary>
    private static IEnumerable<(long Start, long End)> Runs(IEnumerable<CaptionCue> cues)
    {
        (long Start, long End)? open = null;
        foreach (var cue in cues)
        {
            if (open is { } run && run.End == cue.StartSample)
            {
                open = (run.Start, cue.EndSample);
                continue;
            }

            if (open is { } done)
            {
                yield return done;
            }

            open = (cue.StartSample, cue.EndSample);
        }

        if (open is { } last)
        {
            yield return last;
        }
    }

    private async Task<DialogueResult> RenderAsync(
        DialogueScript script, Func<DialogueSettings, DialogueSettings>? change = null, IDialogueListener? listener = null)
    {
        var settings = new DialogueSettings(Output, [.. script.Speakers.Select((_, i) => i == 0 ? "warm" : "deep")]);
        return await new DialogueRenderer(_tones, TimeProvider.System).RenderAsync(
            script, change?.Invoke(settings) ?? settings, null, listener, CancellationToken.None);
    }

    private sealed class Listener : IDialogueListener
    {
        public List<float> Samples { get; } = [];

        public List<CaptionCue> Cues { get; } = [];

        public ValueTask HearAsync(long firstSample, ReadOnlyMemory<float> samples, IReadOnlyList<CaptionCue> cues, CancellationToken cancellationToken)
        {
            Assert.Equal(Samples.Count, firstSample);
            Samples.AddRange(samples.Span);
            Cues.AddRange(cues);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class BrokenListener : IDialogueListener
    {
        public ValueTask HearAsync(long firstSample, ReadOnlyMemory<float> samples, IReadOnlyList<CaptionCue> cues, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("unplugged");
    }

    private sealed class Sink(List<DialogueProgress> seen) : IProgress<DialogueProgress>
    {
        public void Report(DialogueProgress value) => seen.Add(value);
    }
}
