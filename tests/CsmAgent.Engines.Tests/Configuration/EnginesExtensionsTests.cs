using CsmAgent.Conversation;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Reply.Chat;
using CsmAgent.Conversation.Reply.Desk;
using CsmAgent.Engines.Configuration;
using CsmAgent.Engines.Inference;
using CsmAgent.Engines.Listening.PocketSphinx;
using CsmAgent.Engines.Listening.Transcription;
using CsmAgent.Engines.Speaking.Csm;
using CsmAgent.Engines.Speaking.Flite;
using CsmAgent.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CsmAgent.Engines.Tests.Configuration;

public sealed class EnginesExtensionsTests
{
    [Fact]
    public async Task Without_settings_everything_is_embedded()
    {
        await using var services = Build([]);

        var engines = services.GetRequiredService<ConversationEngines>();

        Assert.IsType<PocketSphinxRecognizer>(engines.Recognizer);
        Assert.IsType<DeskAssistant>(engines.Reply);
        Assert.Equal("csm (CSM, int8)", Assert.IsType<CsmSynthesizer>(engines.Synthesizer).Name);
        Assert.Equal("neutral", services.GetRequiredService<IOptions<SynthesizerOptions>>().Value.Voice);
    }

    [Fact]
    public async Task One_line_of_configuration_changes_each_engine()
    {
        await using var services = Build(new()
        {
            ["Recognizer:Engine"] = "openai",
            ["Recognizer:Endpoint"] = "http://localhost:1/v1",
            ["Reply:Engine"] = "openai",
            ["Reply:Endpoint"] = "http://localhost:1/v1",
            ["Reply:Model"] = "llama",
            ["Synthesizer:Engine"] = "flite",
        });

        var engines = services.GetRequiredService<ConversationEngines>();

        Assert.IsType<TranscriptionRecognizer>(engines.Recognizer);
        Assert.Equal("llama", Assert.IsType<ChatReplyGenerator>(engines.Reply).Name);
        Assert.IsType<FliteSynthesizer>(engines.Synthesizer);
        Assert.Null(services.GetRequiredService<IOptions<SynthesizerOptions>>().Value.Voice);
    }

    [Fact]
    public async Task One_message_lists_all_faults_with_what_is_legal()
    {
        await using var services = Build(new()
        {
            ["Reply:Engine"] = "openai",
            ["Reply:Temperature"] = "9",
            ["Reply:TimeoutSeconds"] = "0",
        });

        var fault = Assert.Throws<OptionsValidationException>(services.GetRequiredService<IReplyGenerator>);

        Assert.Contains("Reply:Temperature is '9'; expected 0 to 2 (environment: CSMAGENT_Reply__Temperature).", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Reply:TimeoutSeconds is '0'; expected 1 to 120", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Reply:Endpoint is nothing; expected an http or https address", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Reply:Model is nothing", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Recognizer:Engine", "whisper", "'pocketsphinx' or 'openai'")]
    [InlineData("Synthesizer:Precision", "int3", "'auto' or 'float32' or 'bfloat16' or 'float16' or 'int8' or 'mixed' or 'int4'")]
    [InlineData("Inference:Device", "gpu", "'cpu' or 'cuda' or 'mps' or 'auto' or 'torch-cpu'")]
    public async Task An_unknown_engine_is_answered_with_those_that_exist(string key, string value, string legal)
    {
        await using var services = Build(new() { [key] = value });

        var fault = Assert.Throws<OptionsValidationException>(services.GetRequiredService<ConversationEngines>);

        Assert.Contains(legal, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cpu", "cpu")]
    [InlineData("torch-cpu", "torch-cpu")]
    public async Task The_device_is_one_line_of_configuration(string setting, string name)
    {
        await using var services = Build(new() { ["Inference:Device"] = setting, ["Synthesizer:Engine"] = "csm" });

        Assert.Equal(name, services.GetRequiredService<ComputeDevice>().Name);
        Assert.Equal(setting == "cpu" ? "csm (CSM, int8)" : "csm (CSM, float32)", services.GetRequiredService<ISpeechSynthesizer>().Name);
    }

    private static ServiceProvider Build(Dictionary<string, string?> settings) =>
        new ServiceCollection()
            .AddEngines(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), Fixtures.Repository)
            .BuildServiceProvider();
}
