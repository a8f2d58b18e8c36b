using CsmAgent.Cli.Configuration;
using CsmAgent.Conversation.Options;

namespace CsmAgent.Cli.Tests.Configuration;

public sealed class ConfigurationLoaderTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("csm-agent-config");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void The_command_line_wins_over_the_extra_file_and_that_over_appsettings()
    {
        Write("config/appsettings.json", """{ "Conversation": { "Voice": "a", "FramesAhead": 1, "AgentSpeaker": 2 } }""");
        var extra = Write("extra.json", """{ "Conversation": { "Voice": "b", "FramesAhead": 3 } }""");

        var configuration = Load(extra, ("Conversation:Voice", "c"), ("Conversation:AgentSpeaker", null));

        Assert.Equal(("c", "3", "2"), (configuration["Conversation:Voice"], configuration["Conversation:FramesAhead"], configuration["Conversation:AgentSpeaker"]));
    }

    [Fact]
    public void A_file_that_is_no_JSON_is_named_with_its_line()
    {
        var broken = Write("config/appsettings.json", "{ \"Conversation\": {\n \"Voice\": }\n}");

        var refused = Assert.Throws<CliException>(() => Load(null));

        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains(broken, refused.Message, StringComparison.Ordinal);
        Assert.Contains("Line 2:", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_setting_is_named_with_the_file_it_is_in()
    {
        Write("config/appsettings.json", """{ "Conversation": { "Voyce": "a" } }""");

        var refused = Assert.Throws<CliException>(() => Load(null));

        Assert.Contains("'Conversation:Voyce' (appsettings.json): did you mean 'Conversation:Voice'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_extra_file_that_is_not_there_is_named()
    {
        Write("config/appsettings.json", "{}");

        var refused = Assert.Throws<CliException>(() => Load("nowhere.json"));

        Assert.Contains("nowhere.json", refused.Message, StringComparison.Ordinal);
    }

    private Microsoft.Extensions.Configuration.IConfigurationRoot Load(string? extra, params (string Key, string? Value)[] overrides)
    {
        var shell = new TestShell(root: _root.FullName).Shell;
        shell.ConfigurationFile = extra;
        var schema = new ConfigurationSchema().Add(ConversationOptions.Section, typeof(ConversationOptions));
        return ConfigurationLoader.Load(shell, schema, overrides.Select(pair => KeyValuePair.Create(pair.Key, pair.Value)));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_root.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
