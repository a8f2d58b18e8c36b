using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace CsmAgent.Cli.Configuration;

/// <summary>Reads the settings, later sources over earlier ones: config/appsettings.json, <c>--config FILE</c>,
/// the environment (<c>CSMAGENT_Section__Key</c>), the verb's own options.</summary>
public static class ConfigurationLoader
{
    /// <summary>The prefix of every environment variable that is a setting.</summary>
    public const string EnvironmentPrefix = "CSMAGENT_";

    /// <summary>Reads and checks.</summary>
    /// <param name="shell">Names the folders and the extra file.</param>
    /// <param name="schema">Which settings exist.</param>
    /// <param name="overrides">Settings the command line gives, such as <c>Speech:Voice</c>; null values are left out.</param>
    /// <exception cref="CliException">A file is missing, is no JSON, or says something that does not exist.</exception>
    public static IConfigurationRoot Load(Shell shell, ConfigurationSchema schema, IEnumerable<KeyValuePair<string, string?>> overrides)
    {
        var builder = new ConfigurationBuilder().AddJsonFile(Path.Combine(shell.Root, "config", "appsettings.json"), optional: false);
        if (shell.ConfigurationFile is { } file)
        {
            if (!File.Exists(file))
            {
                throw new CliException(ExitCode.Usage, $"--config {file}: there is no such file.");
            }

            builder.AddJsonFile(Path.GetFullPath(file), optional: false);
        }

        builder.AddEnvironmentVariables(EnvironmentPrefix);
        builder.AddInMemoryCollection(overrides.Where(setting => setting.Value is not null));
        try
        {
            var configuration = builder.Build();
            schema.Check(configuration);
            return configuration;
        }
        catch (InvalidDataException broken)
        {
            var cause = broken.GetBaseException();
            var where = cause is JsonException { LineNumber: { } line } ? $" Line {line + 1}:" : string.Empty;
            throw new CliException(ExitCode.Usage, $"{broken.Message}{where} {cause.Message}", broken);
        }
    }
}
