using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Codec;
using CsmAgent.Engines.Configuration;
using CsmAgent.Engines.Inference;
using CsmAgent.Engines.Speaking.Csm;
using CsmAgent.Engines.Voices;
using CsmAgent.TestSupport;

namespace CsmAgent.Engines.Tests.Speaking;

/// <summary>The models that a clone speaks with.</summary>
[Trait("Category", "Native")]
public sealed class DeskVoiceTests
{
    private const string Folder = "voices/desk";

    // Speech has 12 to 16 letters a second; a voice that has lost its place in the text babbles until it is stopped.
    private const int FramesPerLetter = 2;

    [Fact]
    public async Task It_ends_its_sentences_however_long_the_conversation_gets()
    {
        await using var owner = new InferenceOwner("test");
        await using var codec = new MimiSpeechCodec(Path.Combine(Fixtures.Repository, Folder, "mimi"), owner);
        await using var synthesizer = new CsmSynthesizer(
            new SynthesizerOptions(), Path.Combine(Fixtures.Repository, Folder, "csm"), codec, new VoiceLibrary(Path.Combine(Fixtures.Repository, "voices")), owner);
        await using var session = await synthesizer.OpenAsync((string?)null, CancellationToken.None);

        var (most, lost) = (0, new List<string>());
        for (var turn = 1; turn <= 3 * DeskSentences.All.Count; turn++)
        {
            var text = DeskSentences.All[turn % DeskSentences.All.Count];
            var limit = FramesPerLetter * text.Length;
            List<CodeFrame> frames = [];
            await foreach (var frame in session.SpeakAsync(new SpeechRequest(turn, text, 0, limit), CancellationToken.None))
            {
                frames.Add(frame.Codes);
            }

            if (frames.Count == limit)
            {
                lost.Add($"{text} (turn {turn}, {session.Positions})");
            }

            // The user, by the same mouth.
            await session.AppendAsync(new HeardSegment(1, text, frames), CancellationToken.None);
            most = Math.Max(most, session.Positions.Used);
        }

        Assert.True(most > 0.8 * session.Positions.Limit, $"only {most} of {session.Positions.Limit} positions were tried");
        Assert.True(lost.Count <= 1, string.Join('\n', lost));
    }
}
