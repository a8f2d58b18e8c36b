using CsmAgent.Cli.Configuration;
using CsmAgent.Conversation.Options;
using Microsoft.Extensions.Configuration;

namespace CsmAgent.Cli.Tests.Configuration;

public sealed class ConfigurationSchemaTests
{
    private static readonly ConfigurationSchema Schema = new ConfigurationSchema().Add(ConversationOptions.Section, typeof(ConversationOptions));

    [Theory]
    [InlineData("Conversation:FramesAhead", "3")]
    [InlineData("conversation:bargein:yieldafterms", "800")]
    [InlineData("Conversation:BargeIn:Backchannels:0", "mhm")]
    public void A_setting_that_exists_is_taken_in_any_case(string key, string value) => Schema.Check(With(key, value));

    [Theory]
    [InlineData("Conversation:FrameAhead", "did you mean 'Conversation:FramesAhead' (in the environment CSMAGENT_Conversation__FramesAhead)?")]
    [InlineData("Conversation:BargeIn:YieldAfter", "did you mean 'Conversation:BargeIn:YieldAfterMs'")]
    [InlineData("Converstion:FramesAhead", "did you mean 'Conversation'")]
    [InlineData("Conversation:FramesAhead:Minimum", "it takes a plain value")]
    [InlineData("Conversation:Endpointing:Zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "there is: AdaptationRate, CompleteWaitMs")]
    public void A_setting_that_does_not_exist_is_refused_with_the_nearest_that_does(string key, string expected)
    {
        var refused = Assert.Throws<CliException>(() => Schema.Check(With(key, "1")));

        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_unknown_setting_is_listed_at_once()
    {
        var refused = Assert.Throws<CliException>(() => Schema.Check(With("Conversation:Voise", "a", "Speach:X", "b")));

        Assert.Contains("Conversation:Voise", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Speach", refused.Message, StringComparison.Ordinal);
    }

    private static IConfigurationRoot With(params string[] pairs) => new ConfigurationBuilder()
        .AddInMemoryCollection(pairs.Chunk(2).Select(pair => new KeyValuePair<string, string?>(pair[0], pair[1])))
        .Build();
}
