using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Listening.PocketSphinx;

namespace CsmAgent.Engines.Tests.Listening;

[Trait("Category", "Native")]
public sealed class PocketSphinxRecognizerTests(PocketSphinxRecognizerTests.Opened opened) : IClassFixture<PocketSphinxRecognizerTests.Opened>
{
    [Fact]
    public async Task A_person_is_understood()
    {
        var heard = await Speech.RecognizeAsync(opened.Session, Speech.Read("goforward.wav"));

        Assert.Equal("go forward ten meters", heard.Text);
        Assert.InRange(heard.Confidence!.Value, 0, 1);
    }

    [Fact]
    public async Task Words_appear_while_the_user_speaks()
    {
        var samples = Speech.DeskTurns().First(turn => turn.File == "012-arithmetic.wav").Samples;
        List<string> partials = [];

        await opened.Session.StartAsync(CancellationToken.None);
        for (var i = 0; i < samples.Length; i += 1920)
        {
            if (await opened.Session.AcceptAsync(samples.AsMemory(i, Math.Min(1920, samples.Length - i)), CancellationToken.None) is { } text)
            {
                partials.Add(text);
            }
        }

        var final = await opened.Session.FinishAsync(CancellationToken.None);

        Assert.True(partials.Count >= 3, $"{partials.Count} partial texts");
        Assert.StartsWith("how much", final.Text, StringComparison.Ordinal);
        Assert.Contains(partials, text => text.Length > 0 && final.Text.StartsWith(text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(0f)]
    [InlineData(1e9f)]
    public async Task Sound_that_is_no_speech_gives_no_error_and_leaves_the_next_utterance_alone(float value)
    {
        var broken = new float[9600];
        Array.Fill(broken, value);

        await Speech.RecognizeAsync(opened.Session, broken);
        var heard = await Speech.RecognizeAsync(opened.Session, Speech.Read("goforward.wav"));

        Assert.Contains("forward", heard.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_heard_is_an_empty_text()
    {
        var heard = await Speech.RecognizeAsync(opened.Session, []);

        Assert.Equal(new Recognition(string.Empty), heard);
    }

    [Fact]
    public async Task Start_forgets_an_unfinished_utterance()
    {
        await opened.Session.StartAsync(CancellationToken.None);
        await opened.Session.AcceptAsync(Speech.Read("cards-003.wav"), CancellationToken.None);

        var heard = await Speech.RecognizeAsync(opened.Session, Speech.Read("goforward.wav"), chunk: 777);

        Assert.DoesNotContain("clubs", heard.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_model_says_what_to_install()
    {
        var fault = await Assert.ThrowsAsync<EngineException>(async () => await new PocketSphinxRecognizer("/nowhere").OpenAsync(CancellationToken.None));

        Assert.Contains("pocketsphinx-en-us", fault.Message, StringComparison.Ordinal);
        Assert.Contains("/nowhere", fault.Message, StringComparison.Ordinal);
    }

    public sealed class Opened : IAsyncLifetime
    {
        public IRecognitionSession Session { get; private set; } = null!;

        public async Task InitializeAsync() => Session = await new PocketSphinxRecognizer(PocketSphinxRecognizer.DebianModelFolder).OpenAsync(CancellationToken.None);

        public async Task DisposeAsync() => await Session.DisposeAsync();
    }
}
