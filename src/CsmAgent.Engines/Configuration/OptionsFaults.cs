using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace CsmAgent.Engines.Configuration;

/// <summary>Checks a section's rules; one message lists all faults with path, value, what is legal, and the environment variable.</summary>
/// <param name="section">The section's name.</param>
/// <param name="more">Rules between fields: the property and what is wrong with it.</param>
internal sealed class OptionsFaults<T>(string section, Func<T, IEnumerable<(string Property, string Fault)>>? more = null) : IValidateOptions<T>
    where T : class
{
    public ValidateOptionsResult Validate(string? name, T options)
    {
        List<string> faults = [];
        foreach (var property in typeof(T).GetProperties())
        {
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>())
            {
                var value = property.GetValue(options);
                if (!rule.IsValid(value))
                {
                    faults.Add(Fault(property.Name, $"is {(value is null or "" ? "nothing" : $"'{value}'")}; expected {Legal(rule)}"));
                }
            }
        }

        faults.AddRange((more?.Invoke(options) ?? []).Select(fault => Fault(fault.Property, fault.Fault)));
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static string Legal(ValidationAttribute rule) => rule switch
    {
        RangeAttribute range => string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}"),
        AllowedValuesAttribute values => string.Join(" or ", values.Values.Select(value => $"'{value}'")),
        _ => "a value",
    };

    private string Fault(string property, string what) => $"{section}:{property} {what} (environment: CSMAGENT_{section}__{property}).";
}
