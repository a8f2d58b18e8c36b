using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Configuration;
using CsmAgent.Engines.Speaking.Csm;
using CsmAgent.Engines.Voices;
using CsmAgent.TestSupport;

namespace CsmAgent.Engines.Tests.Speaking;

/// <summary>Who says how a voice is sampled: the request, else the voice, else the settings, else the model.</summary>
[Trait("Category", "Native")]
public sealed class CsmSamplingTests : TinySpeechCase
{
    private static readonly SpeechSampling Greedy = new(0, 1);

    [Fact]
    public async Task A_model_that_says_how_it_wants_to_be_sampled_is_sampled_so()
    {
        var wanted = await SpeakAsync(ModelWith("""{"temperature": 0.0, "top_k": 1}"""), Greedy);

        Assert.Equal(wanted, await SpeakAsync(ModelWith("""{"temperature": 0.0, "top_k": 1}"""), null));
        Assert.NotEqual(wanted, await SpeakAsync(Fixtures.Path("csm-tiny"), null));

        Assert.Equal(wanted, await SpeakAsync(ModelWith("""{"do_sample": false, "temperature": 0.9}"""), null));
        Assert.Equal(
            await SpeakAsync(Fixtures.Path("csm-tiny"), new(0.9f, 2_051, 3)), await SpeakAsync(ModelWith("""{"top_k": 0}"""), new(Seed: 3)));

        // What is not said is CSM's published default.
        Assert.Equal(await SpeakAsync(Fixtures.Path("csm-tiny"), new(0.9f, 50, 3)), await SpeakAsync(ModelWith("""{"do_sample": true}"""), new(Seed: 3)));
    }

    [Fact]
    public async Task Settings_overrule_the_model_and_a_request_overrules_both_in_part()
    {
        var model = ModelWith("""{"temperature": 0.0, "top_k": 1}""");
        var loose = new SynthesizerOptions { Temperature = 0.9, TopK = 50 };

        Assert.Equal(await SpeakAsync(model, new(0.9f, 50)), await SpeakAsync(model, null, loose));
        Assert.Equal(await SpeakAsync(model, Greedy), await SpeakAsync(model, new(Temperature: 0), loose));
    }

    [Fact]
    public async Task Guidance_is_the_models_or_the_settings_and_a_request_leaves_it_alone()
    {
        var guided = ModelWith("""{"temperature": 0.0, "top_k": 1, "guidance_scale": 3, "voice_guidance_scale": 2}""");
        var unguided = ModelWith("""{"temperature": 0.0, "top_k": 1}""");

        Assert.NotEqual(await SpeakAsync(unguided, null), await SpeakAsync(guided, null));
        Assert.Equal(await SpeakAsync(guided, null), await SpeakAsync(unguided, null, new() { Guidance = 3, VoiceGuidance = 2 }));
        Assert.Equal(await SpeakAsync(unguided, null), await SpeakAsync(guided, null, new() { Guidance = 1, VoiceGuidance = 1 }));
        Assert.Equal(await SpeakAsync(guided, null), await SpeakAsync(guided, Greedy));
    }

    [Fact]
    public async Task A_temperature_no_model_can_want_is_refused_by_name()
    {
        var fault = await Assert.ThrowsAsync<EngineException>(() => SpeakAsync(ModelWith("""{"temperature": 7}"""), null));

        Assert.Contains("generation_config.json", fault.Message, StringComparison.Ordinal);
        Assert.Contains("temperature", fault.Message, StringComparison.Ordinal);
    }

    private string ModelWith(string generation)
    {
        var folder = Voices.CreateSubdirectory(Guid.NewGuid().ToString("n")).FullName;
        foreach (var name in (string[])["config.json", "model.safetensors"])
        {
            File.Copy(Fixtures.Path("csm-tiny", name), Path.Combine(folder, name));
        }

        File.WriteAllText(Path.Combine(folder, "generation_config.json"), generation);
        return folder;
    }

    private async Task<string> SpeakAsync(string folder, SpeechSampling? sampling, SynthesizerOptions? options = null)
    {
        options ??= new();
        (options.Precision, options.Threads) = ("float32", 1);
        await using var synthesizer = new CsmSynthesizer(options, folder, Codec, new VoiceLibrary(Voices.FullName), Owner, device: Device);
        await using var session = await synthesizer.OpenAsync((string?)null, CancellationToken.None);
        return Codes(await SpeakAsync(session, new SpeechRequest(1, "Hello there, how are you?", 0, 12, sampling)));
    }
}
