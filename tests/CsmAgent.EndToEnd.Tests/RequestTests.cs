using CsmAgent.Conversation.Reply.Desk;
using Xunit.Abstractions;

namespace CsmAgent.EndToEnd.Tests;

/// <summary>Every recorded request, recognised and understood.</summary>
[Collection(AgentCollection.Name)]
[Trait("Category", "Slow")]
public sealed class RequestTests(AgentFixture agent, ITestOutputHelper output)
{
    [Fact]
    public async Task Nine_of_ten_recorded_requests_are_understood()
    {
        var requests = DeskTurn.All.Where(turn => turn.Intent is not ("interrupt" or "backchannel" or "continue")).ToArray();
        var wrong = 0;
        foreach (var request in requests)
        {
            var text = await agent.RecogniseAsync(request.Samples());
            var intent = IntentRecognizer.Recognize(text).ToString();
            if (!string.Equals(intent, request.Intent.Replace("-", string.Empty, StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase))
            {
                wrong++;
                output.WriteLine($"{request.File}: '{request.Text}' heard as '{text}', taken for {intent}");
            }
        }

        output.WriteLine($"{requests.Length - wrong} of {requests.Length} requests understood");
        Assert.True(wrong * 10 <= requests.Length, $"{wrong} of {requests.Length} requests were misunderstood.");
    }
}
