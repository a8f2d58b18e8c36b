using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Configuration;
using CsmAgent.Engines.Speaking.Csm;
using CsmAgent.Engines.Voices;
using CsmAgent.TestSupport;

namespace CsmAgent.Engines.Tests.Speaking;

/// <summary>What a model keeps on disk for the next start.</summary>
[Trait("Category", "Native")]
public sealed class CsmCacheTests : TinySpeechCase
{
    private static readonly SpeechSampling Greedy = new(0, 1);

    [Fact]
    public async Task A_second_start_takes_weights_and_prompt_from_the_cache_and_speaks_alike()
    {
        MakeVoice("ada", seconds: 0.8);
        var cache = Voices.CreateSubdirectory("cache");
        List<string> notices = [];
        async Task<string> Start()
        {
            var options = new SynthesizerOptions { Precision = "int4", Threads = 1, CacheFolder = cache.FullName };
            await using var synthesizer = new CsmSynthesizer(options, Fixtures.Path("csm-tiny"), Codec, new VoiceLibrary(Voices.FullName), Owner, notices.Add);
            await using var session = await synthesizer.OpenAsync("ada", CancellationToken.None);
            return Codes(await SpeakAsync(session, new SpeechRequest(1, "Good morning.", 0, 12, Greedy)));
        }

        var first = await Start();
        var prompt = Assert.Single(cache.GetFiles("*.prompt", SearchOption.AllDirectories));
        var written = prompt.LastWriteTimeUtc;
        Assert.Single(cache.GetFiles("*.csmpack"));
        Assert.Equal(first, await Start());
        Assert.Single(notices);

        // Read, not written again; and a damaged one is made anew.
        prompt.Refresh();
        Assert.Equal(written, prompt.LastWriteTimeUtc);
        var bytes = await File.ReadAllBytesAsync(prompt.FullName);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(prompt.FullName, bytes);
        Assert.Equal(first, await Start());
        bytes[bytes.Length / 2] ^= 1;
        Assert.Equal(bytes, await File.ReadAllBytesAsync(prompt.FullName));
    }
}
