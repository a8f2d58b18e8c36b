using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Codec;
using CsmAgent.Engines.Configuration;
using CsmAgent.Engines.Speaking.Csm;
using CsmAgent.Engines.Voices;
using CsmAgent.TestSupport;
using TorchSharp;

namespace CsmAgent.Engines.Tests.Speaking;

/// <summary>The tiny random models in the true architecture, in full precision.</summary>
[Trait("Category", "Native")]
public class CsmSynthesizerTests : TinySpeechCase
{
    private static readonly SpeechSampling Greedy = new(0, 1);

    [Fact]
    public async Task A_clause_is_the_golden_one_and_ends_by_itself()
    {
        await using var synthesizer = Synthesizer();
        await using var session = await synthesizer.OpenAsync((string?)null, CancellationToken.None);

        var frames = await SpeakAsync(session, new SpeechRequest(1, "Stop.", 1, 100, Greedy));

        Assert.Equal(7, frames.Count);
        Assert.All(frames, frame => Assert.Equal(1920, frame.Samples.Length));
        Assert.All(frames, frame => Assert.InRange(frame.Samples.Span.ToArray().Max(MathF.Abs), 0, 1));
        // Ten text rows, seven frames, the end of the audio.
        Assert.Equal((18, 2048), session.Positions);
    }

    [Fact]
    public async Task Same_seed_same_context_same_text_give_the_same_codes()
    {
        await using var synthesizer = Synthesizer();
        var request = new SpeechRequest(1, "Hello there, how are you?", 0, 20, new SpeechSampling(0.9f, 50, 7));

        async Task<string> Speak(SpeechRequest asked)
        {
            await using var session = await synthesizer.OpenAsync((string?)null, CancellationToken.None);
            return Codes(await SpeakAsync(session, asked));
        }

        var first = await Speak(request);
        Assert.Equal(first, await Speak(request));
        Assert.NotEqual(first, await Speak(request with { Sampling = new SpeechSampling(0.9f, 50, 8) }));
    }

    [Theory]
    [InlineData(0, "", null)]
    [InlineData(3, "One two", "One two")]
    [InlineData(9, "One two three four", "One two three four")]
    public async Task After_a_roll_back_the_context_is_as_if_only_the_heard_part_had_been_said(int heardFrames, string heardText, string? kept)
    {
        await using var synthesizer = Synthesizer();
        await using var cut = await synthesizer.OpenAsync((string?)null, CancellationToken.None);
        var user = new HeardSegment(1, "What?", [new CodeFrame(new[] { 1, 2, 3, 4, 5, 6 }), new CodeFrame(new[] { 6, 5, 4, 3, 2, 1 })]);
        await cut.AppendAsync(user, CancellationToken.None);
        var spoken = await SpeakAsync(cut, new SpeechRequest(1, "One two three four five six.", 0, 12, new SpeechSampling(0.9f, 50, 3)));
        await SpeakAsync(cut, new SpeechRequest(1, "Seven.", 0, 5, new SpeechSampling(0.9f, 50, 4)));
        await cut.RollBackAsync(1, heardFrames, heardText, CancellationToken.None);

        await using var fresh = await synthesizer.OpenAsync((string?)null, CancellationToken.None);
        await fresh.AppendAsync(user, CancellationToken.None);
        if (kept is not null)
        {
            await fresh.AppendAsync(new HeardSegment(0, kept, [.. spoken.Take(heardFrames).Select(frame => frame.Codes)]), CancellationToken.None);
        }

        Assert.Equal(fresh.Positions, cut.Positions);
        var next = new SpeechRequest(2, "And then?", 0, 10, new SpeechSampling(0.9f, 50, 5));
        Assert.Equal(Codes(await SpeakAsync(fresh, next)), Codes(await SpeakAsync(cut, next)));
    }

    [Fact]
    public async Task What_a_fork_said_and_threw_away_leaves_no_trace()
    {
        MakeVoice("ada", seconds: 0.8);
        await using var synthesizer = Synthesizer();
        await using var speculated = await synthesizer.OpenAsync("ada", CancellationToken.None);
        await using var fresh = await synthesizer.OpenAsync("ada", CancellationToken.None);

        for (var turn = 1; turn <= 6; turn++)
        {
            var user = new HeardSegment(1, $"Question {turn}?", [.. Enumerable.Repeat(new CodeFrame(new[] { turn, 2, 3, 4, 5, 6 }), 9)]);
            await speculated.AppendAsync(user, CancellationToken.None);
            await fresh.AppendAsync(user, CancellationToken.None);
            await using (var fork = await speculated.ForkAsync(CancellationToken.None))
            {
                Assert.NotEmpty(await SpeakAsync(fork, new SpeechRequest(2 * turn, "Much too early.", 0, 10)));
            }

            Assert.Equal(fresh.Positions, speculated.Positions);
            var request = new SpeechRequest((2 * turn) + 1, "Answer.", 0, 8);
            Assert.Equal(Sound(await SpeakAsync(fresh, request)), Sound(await SpeakAsync(speculated, request)));
        }
    }

    [Fact]
    public async Task A_fork_goes_on_when_the_session_it_came_from_is_gone()
    {
        await using var synthesizer = Synthesizer();
        await using var straight = await synthesizer.OpenAsync((string?)null, CancellationToken.None);
        var original = await synthesizer.OpenAsync((string?)null, CancellationToken.None);
        foreach (var session in (ISpeechSession[])[straight, original])
        {
            await session.AppendAsync(new HeardSegment(1, "What?", [new CodeFrame(new[] { 1, 2, 3, 4, 5, 6 })]), CancellationToken.None);
            await SpeakAsync(session, new SpeechRequest(1, "One two three.", 0, 9));
        }

        await using var fork = await original.ForkAsync(CancellationToken.None);
        await original.DisposeAsync();

        var request = new SpeechRequest(2, "And then?", 0, 9);
        Assert.Equal(Sound(await SpeakAsync(straight, request)), Sound(await SpeakAsync(fork, request)));
        await fork.RollBackAsync(2, 1, "And", CancellationToken.None);
        await straight.RollBackAsync(2, 1, "And", CancellationToken.None);
        Assert.Equal(straight.Positions, fork.Positions);
    }

    [Fact]
    public async Task Giving_up_in_the_middle_of_a_clause_leaves_a_usable_context()
    {
        await using var synthesizer = Synthesizer();
        await using var session = await synthesizer.OpenAsync((string?)null, CancellationToken.None);

        await foreach (var frame in session.SpeakAsync(new SpeechRequest(1, "Hello there, how are you?", 0, 50, Greedy), CancellationToken.None))
        {
            if (frame.Index == 2)
            {
                break;
            }
        }

        await session.RollBackAsync(1, 2, "Hello", CancellationToken.None);
        await session.AppendAsync(new HeardSegment(1, "Yes?", []), CancellationToken.None);

        Assert.NotEmpty(await SpeakAsync(session, new SpeechRequest(2, "Go on.", 0, 5, Greedy)));
    }

    [Fact]
    public async Task Old_turns_go_when_room_is_short_and_the_voices_prompt_stays()
    {
        MakeVoice("ada", seconds: 0.8);
        await using var synthesizer = Synthesizer(positions: 160);
        await using var session = await synthesizer.OpenAsync("ada", CancellationToken.None);
        var prompt = session.Positions.Used;
        Assert.True(prompt > 10, $"{prompt} positions of prompt");

        for (var turn = 1; turn <= 12; turn++)
        {
            await session.AppendAsync(new HeardSegment(1, $"Question {turn}?", [.. Enumerable.Repeat(new CodeFrame(new[] { 1, 2, 3, 4, 5, 6 }), 10)]), CancellationToken.None);
            Assert.NotEmpty(await SpeakAsync(session, new SpeechRequest(turn, "Answer.", 0, 12, Greedy)));
            Assert.InRange(session.Positions.Used, prompt, 160);
        }

        // What is left of the context speaks like a fresh conversation in which only that was said.
        await session.RollBackAsync(12, 0, string.Empty, CancellationToken.None);
        Assert.InRange(session.Positions.Used, prompt, 160);
    }

    [Fact]
    public async Task Room_is_made_while_nobody_waits_and_what_stays_speaks_like_a_context_of_that_alone()
    {
        MakeVoice("ada", seconds: 0.8);
        await using var synthesizer = Synthesizer(positions: 200);
        await using var session = await synthesizer.OpenAsync("ada", CancellationToken.None);
        var prompt = session.Positions.Used;
        List<HeardSegment> said = [];
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        HeardSegment Turn(int turn) =>
            new(1, $"Question {turn}?", [.. Enumerable.Range(0, 10).Select(frame => new CodeFrame(new[] { turn, frame, 3, 4, 5, 6 }))]);

        while (200 - session.Positions.Used >= (200 - prompt) / 5)
        {
            said.Add(Turn(said.Count));
            await session.AppendAsync(said[^1], CancellationToken.None);
        }

        // Nothing was lost so far; now steps of the background take the older half away.
        var full = session.Positions.Used;
        while (session.Positions.Used == full)
        {
            await Task.Delay(5, guard.Token);
        }

        await using var fresh = await synthesizer.OpenAsync("ada", CancellationToken.None);
        var each = (full - prompt) / said.Count;
        Assert.InRange(session.Positions.Used, prompt + each, prompt + ((200 - prompt) / 2));
        foreach (var heard in said.TakeLast((session.Positions.Used - prompt) / each))
        {
            await fresh.AppendAsync(heard, CancellationToken.None);
        }

        Assert.Equal(fresh.Positions, session.Positions);
        var next = new SpeechRequest(1, "And then?", 0, 10, new SpeechSampling(0.9f, 50, 5));
        Assert.Equal(Codes(await SpeakAsync(fresh, next)), Codes(await SpeakAsync(session, next)));
    }

    [Fact]
    public async Task A_text_that_does_not_fit_says_so_and_the_session_goes_on()
    {
        await using var synthesizer = Synthesizer();
        await using var session = await synthesizer.OpenAsync((string?)null, CancellationToken.None);

        var fault = await Assert.ThrowsAsync<EngineException>(() => SpeakAsync(session, new SpeechRequest(1, new string('a', 10_000), 0, 50, Greedy)));

        Assert.Contains("shorter clauses", fault.Message, StringComparison.Ordinal);
        Assert.Empty(await SpeakAsync(session, new SpeechRequest(1, "", 0, 50, Greedy)));
        Assert.NotEmpty(await SpeakAsync(session, new SpeechRequest(1, "Fine.", 0, 5, Greedy)));
    }

    [Fact]
    public async Task A_codec_that_does_not_belong_to_the_model_is_refused()
    {
        await using var codec = new MimiSpeechCodec(Path.Combine(Fixtures.Repository, "voices", "desk", "mimi"), Owner, Device);
        await using var synthesizer = new CsmSynthesizer(new SynthesizerOptions { Precision = "float32" }, Fixtures.Path("csm-tiny"), codec, new VoiceLibrary(Voices.FullName), Owner,
            device: Device);

        var fault = await Assert.ThrowsAsync<EngineException>(async () => await synthesizer.OpenAsync((string?)null, CancellationToken.None));

        Assert.Contains("not trained together", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Broken_weights_are_named()
    {
        var folder = Voices.CreateSubdirectory("broken");
        File.Copy(Fixtures.Path("csm-tiny", "config.json"), Path.Combine(folder.FullName, "config.json"));
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "model.safetensors"), (await File.ReadAllBytesAsync(Fixtures.Path("csm-tiny", "model.safetensors")))[..5000]);
        await using var synthesizer = new CsmSynthesizer(new SynthesizerOptions(), folder.FullName, Codec, new VoiceLibrary(Voices.FullName), Owner, device: Device);

        var fault = await Assert.ThrowsAsync<EngineException>(async () => await synthesizer.OpenAsync((string?)null, CancellationToken.None));

        Assert.Contains("model.safetensors", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Fifty_turns_leave_no_native_memory_behind()
    {
        await using var synthesizer = Synthesizer();
        await using var session = await synthesizer.OpenAsync((string?)null, CancellationToken.None);
        await using var encoder = await Codec.OpenEncoderAsync(CancellationToken.None);
        long before = 0;

        for (var turn = 1; turn <= 55; turn++)
        {
            var heard = await encoder.EncodeAsync(new float[1920], CancellationToken.None);
            await session.AppendAsync(new HeardSegment(1, "Yes?", [heard]), CancellationToken.None);
            await SpeakAsync(session, new SpeechRequest(turn, "Fine.", 0, 6, new SpeechSampling(0.9f, 50, (ulong)turn)));
            await session.RollBackAsync(turn, 3, "Fine.", CancellationToken.None);
            before = turn == 5 ? Tensors() : before;
        }

        // Fewer is possible: a collection frees what an earlier test left to the finaliser.
        Assert.InRange(Tensors(), 0, before);
    }

    private static long Tensors() => torch.Tensor.TotalCount;

    private static float[] Sound(List<SpeechFrame> frames) => [.. frames.SelectMany(frame => frame.Samples.ToArray())];
}
