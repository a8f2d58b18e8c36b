using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace CsmAgent.Conversation.Options;

/// <summary>Checks every range and the rules between fields; one message lists all faults with path, value, interval and
/// environment variable.</summary>
public sealed class ConversationOptionsValidator : IValidateOptions<ConversationOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ConversationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var faults = new List<string>();
        Check(options, ConversationOptions.Section, faults);
        Check(options.Endpointing, $"{ConversationOptions.Section}:{nameof(options.Endpointing)}", faults);
        Check(options.BargeIn, $"{ConversationOptions.Section}:{nameof(options.BargeIn)}", faults);
        Check(options.RoundTable, $"{ConversationOptions.Section}:{nameof(options.RoundTable)}", faults);

        if (options.UserSpeaker == options.AgentSpeaker)
        {
            faults.Add(Fault($"{ConversationOptions.Section}:{nameof(options.UserSpeaker)}", options.UserSpeaker,
                "an id other than the agent's"));
        }

        if (options.Endpointing is { } ending && ending.MaximumWaitMs < Math.Max(ending.CompleteWaitMs, ending.IncompleteWaitMs))
        {
            faults.Add(Fault($"{ConversationOptions.Section}:{nameof(options.Endpointing)}:{nameof(ending.MaximumWaitMs)}", ending.MaximumWaitMs,
                $"at least {Math.Max(ending.CompleteWaitMs, ending.IncompleteWaitMs)}, the longest ordinary wait"));
        }

        if (options.BargeIn is { } bargeIn && bargeIn.YieldAfterMs < bargeIn.PauseAfterMs)
        {
            faults.Add(Fault($"{ConversationOptions.Section}:{nameof(options.BargeIn)}:{nameof(bargeIn.YieldAfterMs)}", bargeIn.YieldAfterMs,
                $"at least {bargeIn.PauseAfterMs}, the time before the pause"));
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void Check(object? section, string path, List<string> faults)
    {
        if (section is null)
        {
            faults.Add($"{path} is missing.");
            return;
        }

        foreach (var property in section.GetType().GetProperties())
        {
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>())
            {
                var value = property.GetValue(section);
                if (!rule.IsValid(value))
                {
                    faults.Add(Fault($"{path}:{property.Name}", value, Legal(rule)));
                }
            }
        }
    }

    private static string Legal(ValidationAttribute rule) => rule switch
    {
        RangeAttribute range => string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}"),
        MinLengthAttribute length => $"at least {length.Length} entry",
        _ => "a value",
    };

    private static string Fault(string path, object? value, string legal) =>
        $"{path} is {value ?? "nothing"}; expected {legal} (environment: {path.Replace(":", "__", StringComparison.Ordinal)}).";
}
