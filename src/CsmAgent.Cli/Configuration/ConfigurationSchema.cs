using System.Collections;
using System.ComponentModel;
using System.Reflection;
using CsmAgent.Conversation.Dialogue.Script;
using Microsoft.Extensions.Configuration;

namespace CsmAgent.Cli.Configuration;

/// <summary>Which settings exist: section names and the options classes they are bound to. Rejects every other key.</summary>
/// <remarks>A mistyped key would otherwise be ignored silently and its default taken.</remarks>
public sealed class ConfigurationSchema
{
    private readonly Dictionary<string, Type> _sections = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Declares that <paramref name="section"/> is bound to <paramref name="options"/>.</summary>
    public ConfigurationSchema Add(string section, Type options)
    {
        _sections.Add(section, options);
        return this;
    }

    /// <summary>Throws one message that lists every key nobody reads, where it was given and the nearest one that exists.</summary>
    /// <exception cref="CliException">At least one key is unknown.</exception>
    public void Check(IConfigurationRoot configuration)
    {
        List<string> faults = [];
        Check(configuration, configuration.GetChildren(), name => _sections.GetValueOrDefault(name), _sections.Keys, faults);
        if (faults.Count > 0)
        {
            throw new CliException(ExitCode.Usage, "The configuration has settings that nothing reads:\n  " + string.Join("\n  ", faults));
        }
    }

    private static void Check(
        IConfigurationRoot root, IEnumerable<IConfigurationSection> given, Func<string, Type?> typeOf, IEnumerable<string> known, List<string> faults)
    {
        foreach (var section in given)
        {
            if (typeOf(section.Key) is { } type)
            {
                Descend(root, section, type, faults);
            }
            else
            {
                faults.Add(Describe(root, section, known));
            }
        }
    }

    private static void Descend(IConfigurationRoot root, IConfigurationSection section, Type type, List<string> faults)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(object) || TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string)))
        {
            if (type != typeof(object) && section.GetChildren().FirstOrDefault() is { } child)
            {
                faults.Add(Describe(root, child, []));
            }

            return;
        }

        if (ElementType(type) is { } element)
        {
            // Lists and dictionaries take any key; what they hold is checked.
            Check(root, section.GetChildren(), _ => element, [], faults);
            return;
        }

        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite || !TypeDescriptor.GetConverter(property.PropertyType).CanConvertFrom(typeof(string)))
            .ToDictionary(property => property.Name, property => property.PropertyType, StringComparer.OrdinalIgnoreCase);
        Check(root, section.GetChildren(), name => properties.GetValueOrDefault(name), properties.Keys, faults);
    }

    private static Type? ElementType(Type type)
    {
        if (!typeof(IEnumerable).IsAssignableFrom(type))
        {
            return null;
        }

        return type.IsArray ? type.GetElementType() : type.GetGenericArguments().LastOrDefault() ?? typeof(object);
    }

    private static string Describe(IConfigurationRoot root, IConfigurationSection section, IEnumerable<string> known)
    {
        var parent = section.Path[..^section.Key.Length];
        var meant = NearestNames.Of(section.Key, known) is [var nearest, ..] ? nearest : null;
        var hint = meant is not null ? $"did you mean '{parent}{meant}' (in the environment CSMAGENT_{(parent + meant).Replace(":", "__", StringComparison.Ordinal)})?"
            : known.Any() ? $"there is: {string.Join(", ", known.Order(StringComparer.Ordinal))}"
            : "it takes a plain value";
        return $"'{section.Path}' ({Source(root, section)}): {hint}";
    }

    private static string Source(IConfigurationRoot root, IConfigurationSection section)
    {
        var probe = section;
        while (probe.Value is null && probe.GetChildren().FirstOrDefault() is { } child)
        {
            probe = child;
        }

        return root.Providers.LastOrDefault(provider => provider.TryGet(probe.Path, out _)) switch
        {
            FileConfigurationProvider file => file.Source.Path ?? "a file",
            { } provider when provider.GetType().Name.StartsWith("Environment", StringComparison.Ordinal) => "from the environment",
            _ => "given on the command line",
        };
    }
}
