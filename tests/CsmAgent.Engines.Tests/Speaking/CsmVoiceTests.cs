using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Configuration;
using CsmAgent.Engines.Speaking.Csm;
using CsmAgent.Engines.Voices;
using CsmAgent.TestSupport;

namespace CsmAgent.Engines.Tests.Speaking;

/// <summary>Voices and the context they share, with the tiny random models in the true architecture.</summary>
[Trait("Category", "Native")]
public sealed class CsmVoiceTests : TinySpeechCase
{
    private static readonly SpeechSampling Sampling = new(0.9f, 50, 5);

    [Fact]
    public async Task A_voices_prompt_stands_in_the_context_as_if_that_speaker_had_just_said_it()
    {
        MakeVoice("ada", 0.05, speaker: 3);
        await using var synthesizer = Synthesizer();
        await using var voice = await synthesizer.OpenAsync("ada", CancellationToken.None);
        await using var plain = await synthesizer.OpenAsync((string?)null, CancellationToken.None);
        await plain.AppendAsync(new HeardSegment(3, "Hello.", await EncodeAsync(Sine(0.05))), CancellationToken.None);

        Assert.Equal(plain.Positions, voice.Positions);
        // The conversation calls the agent 0 and the user 1; here the agent answers to its pack's id.
        await voice.AppendAsync(Heard(1, "What?"), CancellationToken.None);
        await plain.AppendAsync(Heard(1, "What?"), CancellationToken.None);
        Assert.Equal(Codes(await SpeakAsync(plain, 3, "Stop it.")), Codes(await SpeakAsync(voice, 0, "Stop it.")));
    }

    [Fact]
    public async Task Voices_of_one_session_hear_each_other_and_changing_between_them_costs_no_position()
    {
        MakeVoice("ada", 0.05);
        MakeVoice("bob", 0.02);
        await using var synthesizer = Synthesizer();
        await using var session = await synthesizer.OpenSharedAsync(["ada", "bob"], CancellationToken.None);
        var prompts = session.Positions.Used;

        var first = await SpeakAsync(session, 0, "Stop.");
        var afterFirst = session.Positions.Used;
        var second = await SpeakAsync(session, 1, "Stop.", turn: 2);

        // Text, frames and the end of the audio: nothing is run again for the other voice.
        var text = afterFirst - prompts - first.Count - 1;
        Assert.Equal(afterFirst + text + second.Count + 1, session.Positions.Used);

        await using var alone = await synthesizer.OpenSharedAsync(["ada", "bob"], CancellationToken.None);
        Assert.NotEqual(Codes(second), Codes(await SpeakAsync(alone, 1, "Stop.")));
    }

    [Fact]
    public async Task What_is_left_when_room_is_short_is_the_prompt_and_the_newest_whole_segments()
    {
        MakeVoice("ada", 0.05);
        await using var synthesizer = Synthesizer(positions: 200);
        await using var full = await synthesizer.OpenAsync("ada", CancellationToken.None);
        HeardSegment[] said = [.. Enumerable.Range(1, 9).Select(number => Heard(1, $"Question {number}?", frames: 10 + number))];
        foreach (var segment in said)
        {
            await full.AppendAsync(segment, CancellationToken.None);
        }

        // Room is made in the background; whatever is asked later than that comes after it.
        for (var i = 0; i < 200; i++)
        {
            await Owner.RunAsync(() => { }, TimeSpan.FromSeconds(30), CancellationToken.None);
        }

        List<int> kept = [];
        for (var newest = 1; newest <= said.Length; newest++)
        {
            await using var fresh = await synthesizer.OpenAsync("ada", CancellationToken.None);
            foreach (var segment in said.TakeLast(newest))
            {
                await fresh.AppendAsync(segment, CancellationToken.None);
            }

            if (fresh.Positions == full.Positions && Codes(await SpeakAsync(fresh, 0, "Yes.")) == Codes(await SpeakAsync(full, 0, "Yes.", turn: newest + 100)))
            {
                kept.Add(newest);
            }
        }

        Assert.InRange(Assert.Single(kept), 1, said.Length - 1);
    }

    [Fact]
    public async Task A_voices_tone_is_put_on_its_sound_and_not_into_the_context()
    {
        MakeVoice("loud", 0.05);
        MakeVoice("soft", 0.05, tone: new VoiceTone(GainDb: -12));
        await using var synthesizer = Synthesizer();
        await using var loud = await synthesizer.OpenAsync("loud", CancellationToken.None);
        await using var soft = await synthesizer.OpenAsync("soft", CancellationToken.None);

        var (plain, shaped) = (await SpeakAsync(loud, 0, "Stop."), await SpeakAsync(soft, 0, "Stop."));

        Assert.Equal(Codes(plain), Codes(shaped));
        var quiet = Math.Pow(10, -12 / 20.0);
        Assert.All(plain.Zip(shaped), pair => Assert.Equal(Energy(pair.First) * quiet, Energy(pair.Second), Energy(pair.First) * 0.1));
    }

    [Fact]
    public async Task Speech_kept_on_disk_is_told_apart_from_that_of_another_prompt_or_another_model()
    {
        MakeVoice("ada", 0.05);
        await using var synthesizer = Synthesizer();
        var before = synthesizer.IdentityOf("ada");
        Assert.Equal(before, synthesizer.IdentityOf("ada"));

        MakeVoice("ada", 0.02);
        Assert.NotEqual(before, synthesizer.IdentityOf("ada"));
        await using var other = new CsmSynthesizer(
            new SynthesizerOptions { Precision = "float32" }, Fixtures.Path("mimi-tiny"), Codec, new VoiceLibrary(Voices.FullName), Owner);
        Assert.NotEqual(synthesizer.IdentityOf("ada").Split(' ')[^1] + synthesizer.IdentityOf(null), other.IdentityOf("ada").Split(' ')[^1] + other.IdentityOf(null));
    }

    [Fact]
    public async Task A_prompt_longer_than_the_context_is_refused_with_what_it_needs()
    {
        MakeVoice("ada", 0.05, seconds: 6);
        await using var synthesizer = Synthesizer(positions: 64);

        var fault = await Assert.ThrowsAsync<EngineException>(async () => await synthesizer.OpenAsync("ada", CancellationToken.None));

        Assert.Contains("'ada'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("64", fault.Message, StringComparison.Ordinal);
    }

    private static double Energy(SpeechFrame frame) => Math.Sqrt(frame.Samples.ToArray().Average(sample => (double)sample * sample));

    private static HeardSegment Heard(int speaker, string text, int frames = 2) =>
        new(speaker, text, [.. Enumerable.Range(0, frames).Select(i => new CodeFrame(new[] { 1 + (i % 7), 2, 3, 4, 5, 6 }))]);

    private static async Task<List<SpeechFrame>> SpeakAsync(ISpeechSession session, int speaker, string text, int turn = 1)
    {
        var frames = await SpeakAsync(session, new SpeechRequest(turn, text, speaker, 8, Sampling));
        await session.RollBackAsync(turn, frames.Count, text, CancellationToken.None);
        return frames;
    }

    private async Task<IReadOnlyList<CodeFrame>> EncodeAsync(float[] samples)
    {
        await using var encoder = await Codec.OpenEncoderAsync(CancellationToken.None);
        List<CodeFrame> frames = [];
        for (var at = 0; at < samples.Length; at += 1920)
        {
            frames.Add(await encoder.EncodeAsync(samples.AsMemory(at, 1920), CancellationToken.None));
        }

        return frames;
    }
}
