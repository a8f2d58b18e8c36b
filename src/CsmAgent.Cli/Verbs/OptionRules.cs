using System.CommandLine;

namespace CsmAgent.Cli.Verbs;

/// <summary>Ranges of options, checked before a verb runs.</summary>
internal static class OptionRules
{
    /// <summary>Refuses values outside a range with a sentence that names it.</summary>
    /// <param name="option">The option.</param>
    /// <param name="isLegal">The range.</param>
    /// <param name="legal">The range in words.</param>
    public static void Accepts<T>(this Option<T> option, Func<T?, bool> isLegal, string legal) => option.Validators.Add(given =>
    {
        if (!isLegal(given.GetValueOrDefault<T>()))
        {
            given.AddError($"{option.Name} is {string.Join(' ', given.Tokens.Select(token => token.Value))}; expected {legal}.");
        }
    });
}
