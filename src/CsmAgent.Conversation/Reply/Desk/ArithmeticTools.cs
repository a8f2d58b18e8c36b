using System.ComponentModel;
using Microsoft.SemanticKernel;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>Sums and conversions.</summary>
public sealed class ArithmeticTools
{
    /// <summary>Calculates.</summary>
    [KernelFunction("calculate"), Description("Calculates a sum or converts units, given in English words or digits.")]
    public static string Calculate([Description("For example: twelve times 17; 15 percent of 80; how many minutes in 3 hours.")] string question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return Calculator.Answer(Utterance.Normalize(question)) ?? "I did not catch the numbers. Please say the sum again.";
    }
}
