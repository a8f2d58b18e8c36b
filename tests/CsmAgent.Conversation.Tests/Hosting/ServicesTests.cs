using Akka.Actor;
using CsmAgent.Conversation.Hosting;
using CsmAgent.Conversation.Options;
using CsmAgent.Conversation.Tests.Fakes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CsmAgent.Conversation.Tests.Hosting;

public sealed class ServicesTests
{
    [Fact]
    public void Configuration_beats_the_defaults()
    {
        using var services = Services(("Conversation:FramesAhead", "3"), ("Conversation:BargeIn:YieldAfterMs", "900"));

        var options = services.GetRequiredService<IOptions<ConversationOptions>>().Value;

        Assert.Equal(3, options.FramesAhead);
        Assert.Equal(900, options.BargeIn.YieldAfterMs);
        Assert.Equal(350, options.Endpointing.CompleteWaitMs);
    }

    [Fact]
    public void An_unknown_key_is_refused()
    {
        using var services = Services(("Conversation:FramesAhed", "3"));

        var refused = Assert.Throws<InvalidOperationException>(() => services.GetRequiredService<IOptions<ConversationOptions>>().Value);

        Assert.Contains("FramesAhed", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_out_of_range_is_refused_with_its_interval()
    {
        using var services = Services(("Conversation:FramesAhead", "99"));

        var refused = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<ConversationOptions>>().Value);

        Assert.Contains("expected 1 to 8", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../escape")]
    [InlineData("a b")]
    public async Task A_name_that_is_none_is_refused(string name)
    {
        using var system = ActorSystem.Create("names");
        var factory = new ConversationFactory(system, Microsoft.Extensions.Options.Options.Create(new ConversationOptions()));
        var engines = new FakeEngines().Engines;

        Assert.Throws<ArgumentException>(() => factory.Create(new ConversationSetup(() => null!, engines) { ConversationId = name }));
        await system.Terminate();
    }

    private static ServiceProvider Services(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value)).Build();
        return new ServiceCollection().AddLogging().AddConversation(configuration).BuildServiceProvider();
    }
}
