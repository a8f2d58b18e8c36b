using System.Runtime.CompilerServices;
using System.Threading.Channels;
using CsmAgent.Conversation.Reply;
using CsmAgent.Conversation.Tests.Dialogue;

namespace CsmAgent.Conversation.Tests.Reply;

public sealed class StreamedSpeechTests
{
    [Fact]
    public async Task The_first_clause_is_heard_while_the_rest_is_still_unwritten()
    {
        var text = Channel.CreateUnbounded<string>();
        var voice = new ToneSynthesizer();
        var frames = Speak(voice, text.Reader.ReadAllAsync()).GetAsyncEnumerator();

        text.Writer.TryWrite("Good morning to you all. And");
        Assert.True(await frames.MoveNextAsync());
        Assert.Equal("Good morning to you all.", Assert.Single(voice.Spoken).Text);
        text.Writer.TryWrite(" now the weather.");
        text.Writer.Complete();
        while (await frames.MoveNextAsync())
        {
        }

        Assert.Equal("And now the weather.", voice.Spoken[1].Text);
    }

    [Fact]
    public async Task Nothing_to_say_speaks_nothing()
    {
        var voice = new ToneSynthesizer();

        await foreach (var frame in Speak(voice, Pieces(" \n", "… !")))
        {
            Assert.Fail($"frame {frame.Index}");
        }

        Assert.Empty(voice.Spoken);
    }

    [Fact]
    public async Task Leaving_the_loop_ends_the_writer_too()
    {
        var ended = new TaskCompletionSource();
        await foreach (var frame in Speak(new ToneSynthesizer(), Endless(ended)))
        {
            break;
        }

        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_writer_that_runs_ahead_is_held_back()
    {
        var written = 0;
        async IAsyncEnumerable<string> Fast()
        {
            for (; written < 10_000; written++)
            {
                yield return $"This is sentence number {written} of many. ";
                await Task.Yield();
            }
        }

        await foreach (var frame in Speak(new ToneSynthesizer(), Fast()))
        {
            for (var turn = 0; turn < 200; turn++)
            {
                await Task.Yield();
            }

            break;
        }

        Assert.InRange(written, 1, 60);
    }

    [Fact]
    public async Task What_the_text_throws_comes_through()
    {
        static async IAsyncEnumerable<string> Broken()
        {
            yield return "Hello there, my friend. ";
            await Task.Yield();
            throw new InvalidOperationException("the model went away");
        }

        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (var frame in Speak(new ToneSynthesizer(), Broken()))
            {
                _ = frame;
            }
        });

        Assert.Equal("the model went away", error.Message);
    }

    private static IAsyncEnumerable<Conversation.Ports.SpeechFrame> Speak(ToneSynthesizer voice, IAsyncEnumerable<string> text) =>
        voice.SpeakAsync(text);

    private static async IAsyncEnumerable<string> Pieces(params string[] pieces)
    {
        foreach (var piece in pieces)
        {
            await Task.Yield();
            yield return piece;
        }
    }

    private static async IAsyncEnumerable<string> Endless(TaskCompletionSource ended, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await Task.Yield();
                yield return "And so it goes on and on. ";
            }
        }
        finally
        {
            ended.SetResult();
        }
    }
}
