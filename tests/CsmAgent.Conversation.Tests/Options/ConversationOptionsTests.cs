using CsmAgent.Conversation.Options;

namespace CsmAgent.Conversation.Tests.Options;

public sealed class ConversationOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() =>
        Assert.True(new ConversationOptionsValidator().Validate(null, new ConversationOptions()).Succeeded);

    [Fact]
    public void One_message_lists_every_fault_with_path_value_interval_and_variable()
    {
        var options = new ConversationOptions
        {
            FramesAhead = 99,
            UserSpeaker = 0,
            Endpointing = new EndpointingOptions { CompleteWaitMs = 5, MaximumWaitMs = 300 },
            BargeIn = new BargeInOptions { PauseAfterMs = 900, YieldAfterMs = 800, Backchannels = [] },
        };

        var failures = new ConversationOptionsValidator().Validate(null, options).Failures!.ToArray();

        Assert.Equal(6, failures.Length);
        Assert.Contains("Conversation:FramesAhead is 99; expected 1 to 8 (environment: Conversation__FramesAhead).", failures);
        Assert.Contains(failures, f => f.StartsWith("Conversation:UserSpeaker is 0; expected an id other than", StringComparison.Ordinal));
        Assert.Contains(failures, f => f.StartsWith("Conversation:Endpointing:CompleteWaitMs is 5; expected 100 to 3000", StringComparison.Ordinal));
        Assert.Contains(failures, f => f.StartsWith("Conversation:Endpointing:MaximumWaitMs is 300", StringComparison.Ordinal));
        Assert.Contains(failures, f => f.StartsWith("Conversation:BargeIn:YieldAfterMs is 800", StringComparison.Ordinal));
        Assert.Contains(failures, f => f.StartsWith("Conversation:BargeIn:Backchannels", StringComparison.Ordinal));
    }
}
