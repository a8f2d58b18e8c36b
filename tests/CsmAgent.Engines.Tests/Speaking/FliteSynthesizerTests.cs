using CsmAgent.Audio;
using CsmAgent.Audio.Measurement;
using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Codec;
using CsmAgent.Engines.Inference;
using CsmAgent.Engines.Listening.PocketSphinx;
using CsmAgent.Engines.Speaking.Flite;
using CsmAgent.Engines.Voices;
using CsmAgent.TestSupport;

namespace CsmAgent.Engines.Tests.Speaking;

[Trait("Category", "Native")]
public sealed class FliteSynthesizerTests : IAsyncLifetime
{
    private static readonly VoiceLibrary Voices = new(Path.Combine(Fixtures.Repository, "voices"));
    private readonly InferenceOwner _owner = new("test");
    private MimiSpeechCodec _codec = null!;
    private ISpeechSession _session = null!;
    private int _turn;

    public async Task InitializeAsync()
    {
        _codec = new MimiSpeechCodec(Path.Combine(Fixtures.Repository, "voices", "desk", "mimi"), _owner);
        _session = await new FliteSynthesizer("slt", _codec, Voices).OpenAsync(null, CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await _session.DisposeAsync();
        await _codec.DisposeAsync();
        await _owner.DisposeAsync();
    }

    [Fact]
    public async Task Frames_carry_speech_codes_and_the_place_in_the_text()
    {
        const string Text = "Hello there, it is twenty-five past three.";

        var frames = await SpeakAsync(Text);

        Assert.All(frames, frame => Assert.Equal(1920, frame.Samples.Length));
        Assert.All(frames, frame => Assert.Equal(8, frame.Codes.Codes.Length));
        Assert.All(frames, frame => Assert.All(frame.Codes.Codes.ToArray(), code => Assert.InRange(code, 0, 511)));
        Assert.Equal(Enumerable.Range(0, frames.Count), frames.Select(frame => frame.Index));
        Assert.Equal(frames.Select(frame => frame.SpokenCharacters).Order(), frames.Select(frame => frame.SpokenCharacters));
        Assert.Equal(Text.Length, frames[^1].SpokenCharacters);
        Assert.Contains(frames, frame => Text[..frame.SpokenCharacters] == "Hello there");
    }

    [Fact]
    public async Task Its_level_is_the_desks_and_never_clips()
    {
        var samples = Join(await SpeakAsync("The weather is lovely today, and the plants need some water."));

        var active = samples.Where(sample => MathF.Abs(sample) > 0.01f).ToArray();
        var level = 20 * Math.Log10(Math.Sqrt(active.Average(sample => sample * sample)));
        Assert.InRange(level, -22, -18);
        Assert.InRange(samples.Max(MathF.Abs), 0, 0.96f);
    }

    [Fact]
    public async Task What_it_says_is_recognised_again()
    {
        const string Text = "It is twenty five minutes past three in the afternoon.";
        await using var recognizer = await new PocketSphinxRecognizer(PocketSphinxRecognizer.DebianModelFolder).OpenAsync(CancellationToken.None);

        var heard = await Speech.RecognizeAsync(recognizer, Join(await SpeakAsync(Text)));

        Assert.InRange(Speech.Errors(Text, heard.Text), 0, 3);
    }

    [Theory]
    [InlineData("")]
    [InlineData("...")]
    [InlineData("привет")]
    public async Task Nothing_speakable_gives_no_frame(string text) => Assert.Empty(await SpeakAsync(text));

    [Fact]
    public async Task A_text_of_ten_thousand_characters_stops_at_the_frame_limit() =>
        Assert.Equal(25, (await SpeakAsync(string.Concat(Enumerable.Repeat("ten thousand ", 770)) + new string('x', 300), 25)).Count);

    [Fact]
    public async Task An_answer_begins_at_once_and_pauses_stay_between_its_clauses()
    {
        const string Text = "Hello there, my friend.";

        var (first, second) = (Join(await SpeakAsync(Text, turn: 7)), Join(await SpeakAsync(Text, turn: 7)));

        Assert.InRange(MouthToEar.FirstAudibleSample(first, 0), 0, AudioFormat.SampleRateHz / 50);
        Assert.InRange(MouthToEar.FirstAudibleSample(second, 0), AudioFormat.SampleRateHz / 20, AudioFormat.SampleRateHz / 2);
    }

    [Fact]
    public async Task A_fork_speaks_like_the_session_it_came_from_and_leaves_it_alone()
    {
        const string Text = "The weather is lovely today.";
        await using var fork = await _session.ForkAsync(CancellationToken.None);
        List<SpeechFrame> early = [];
        await foreach (var frame in fork.SpeakAsync(new SpeechRequest(1, Text, 0, 100), CancellationToken.None))
        {
            early.Add(frame);
        }

        var straight = await SpeakAsync(Text);

        Assert.Equal(Join(straight), Join(early));
    }

    [Fact]
    public async Task A_missing_voice_says_what_to_install()
    {
        var fault = await Assert.ThrowsAsync<EngineException>(async () => await new FliteSynthesizer("nobody", _codec, Voices).OpenAsync(null, CancellationToken.None));

        Assert.Contains("libflite1", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_voice_pack_changes_how_it_sounds_for_its_own_session_only()
    {
        const string Text = "The weather is lovely today.";
        await using var deep = await new FliteSynthesizer("slt", _codec, Voices).OpenAsync("deep", CancellationToken.None);

        var before = await SpeakAsync(Text);
        List<SpeechFrame> other = [];
        await foreach (var frame in deep.SpeakAsync(new SpeechRequest(1, Text, 0, 100), CancellationToken.None))
        {
            other.Add(frame);
        }

        Assert.NotEqual(before.Count, other.Count);
        Assert.Equal(before.Count, (await SpeakAsync(Text)).Count);
    }

    [Fact]
    public async Task An_unknown_voice_is_named_with_those_that_exist()
    {
        var fault = await Assert.ThrowsAsync<EngineException>(async () => await new FliteSynthesizer("slt", _codec, Voices).OpenAsync("derp", CancellationToken.None));

        Assert.Contains("deep", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_says_plainly_that_it_is_a_stand_in()
    {
        var synthesizer = new FliteSynthesizer("rms", _codec, Voices);

        Assert.True(synthesizer.IsBootstrap);
        Assert.Equal("bootstrap voice (flite rms)", synthesizer.Name);
    }

    private static float[] Join(List<SpeechFrame> frames) => [.. frames.SelectMany(frame => frame.Samples.ToArray())];

    private async Task<List<SpeechFrame>> SpeakAsync(string text, int maxFrames = 500, int? turn = null)
    {
        List<SpeechFrame> frames = [];
        await foreach (var frame in _session.SpeakAsync(new SpeechRequest(turn ?? ++_turn, text, 0, maxFrames), CancellationToken.None))
        {
            frames.Add(frame);
        }

        return frames;
    }
}
