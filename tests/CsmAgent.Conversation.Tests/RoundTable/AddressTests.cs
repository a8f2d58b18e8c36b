using CsmAgent.Conversation.RoundTable;

namespace CsmAgent.Conversation.Tests.RoundTable;

public sealed class AddressTests
{
    private static readonly string[] Names = ["Anna", "Ben"];

    [Theory]
    [InlineData("anna what time is it", "Anna", "what time is it")]
    [InlineData("hey ben tell me a story", "Ben", "hey tell me a story")]
    [InlineData("What do you think, Ben?", "Ben", "what do you think")]
    [InlineData("thank you anna", "Anna", "thank you")]
    [InlineData("anna and ben tell me a joke", "Anna Ben", "and tell me a joke")]
    [InlineData("good morning both of you", "Anna Ben", "good morning")]
    [InlineData("hello everybody", "Anna Ben", "hello")]
    [InlineData("hannah what time is it", "Anna", "what time is it")]
    [InlineData("been tell me a story", "Ben", "tell me a story")]
    [InlineData("Ben.", "Ben", "")]
    [InlineData("tell me a story about ben", "", "tell me a story about ben")]
    [InlineData("my name is anna", "", "my name is anna")]
    [InlineData("what time is it", "", "what time is it")]
    [InlineData("when is monday", "", "when is monday")]
    [InlineData("and how are you", "", "and how are you")]
    [InlineData("", "", "")]
    public void Who_is_called_is_heard_and_who_is_talked_about_is_not(string text, string called, string rest)
    {
        var (agents, others) = Address.Of(text, Names);

        Assert.Equal(called, string.Join(' ', agents.Select(agent => Names[agent])));
        Assert.Equal(rest, others);
    }

    [Fact]
    public void One_agent_alone_is_never_everybody() => Assert.Empty(Address.Of("hello everybody", ["Anna"]).Agents);
}
