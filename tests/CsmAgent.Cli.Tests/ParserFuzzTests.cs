using System.Text;
using CsmAgent.Audio.Files;
using CsmAgent.Cli.Codes;
using CsmAgent.Cli.Configuration;
using CsmAgent.Cli.Generate;
using CsmAgent.Cli.Hosting;
using CsmAgent.Cli.Talk;
using CsmAgent.Cli.Verbs.Dialogue;
using CsmAgent.Cli.Voices;
using CsmAgent.Conversation.Ports;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.TestSupport;

namespace CsmAgent.Cli.Tests;

/// <summary>What people write for the command line, damaged ten thousand times.</summary>
[Trait("Category", "Slow")]
public sealed class ParserFuzzTests : IDisposable
{
    private readonly string _folder = Fuzz.Folder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Damaged_settings_are_read_or_refused()
    {
        var config = Directory.CreateDirectory(Path.Combine(_folder, "config")).FullName;
        var path = Path.Combine(config, "appsettings.json");
        var shell = new TestShell(root: _folder).Shell;

        Fuzz.Run(File.ReadAllBytes(Path.Combine(Fixtures.Repository, "config", "appsettings.json")), 4 << 20, damaged =>
        {
            File.WriteAllBytes(path, damaged);
            ConfigurationLoader.Load(shell, AgentHost.Schema, []);
        }, IsRefusal);
    }

    [Fact]
    public void Damaged_turn_scripts_are_read_or_refused()
    {
        using (var wav = WavWriter.Create(Path.Combine(_folder, "a.wav"), 24_000, 1))
        {
            wav.Write([0, 0.5f]);
        }

        var path = Path.Combine(_folder, "script.turns");
        Fuzz.Run("# remark\n\na.wav\na.wav during 2.5 # cuts in\na.wav after 0\na.wav then 1\n"u8.ToArray(), 1 << 20, damaged =>
        {
            File.WriteAllBytes(path, damaged);
            TurnScript.Read(path);
        }, IsRefusal);
    }

    [Fact]
    public void Damaged_codes_are_read_or_refused()
    {
        var path = Path.Combine(_folder, "a.codes");
        new CodesFile([new(new[] { 1, 2 }), new CodeFrame(new[] { 3, 4 })], 3_000).Write(path);

        Fuzz.Run(File.ReadAllBytes(path), 1 << 20, damaged =>
        {
            File.WriteAllBytes(path, damaged);
            CodesFile.Read(path);
        }, refusal => IsRefusal(refusal) || refusal is CheckpointException);
    }

    [Fact]
    public void Damaged_options_are_read_or_refused()
    {
        var wav = Path.Combine(_folder, "b.wav");
        File.WriteAllBytes(wav, []);

        Fuzz.Run(Encoding.UTF8.GetBytes($"{wav}:1:We went, by [train]."), 1 << 20, damaged => ContextSegment.Parse(Encoding.UTF8.GetString(damaged)), IsRefusal);
        Fuzz.Run("Anna=warm, Ben=deep,Carl=[x]:1"u8.ToArray(), 1 << 20, damaged => Cast.Parse("--voices", Encoding.UTF8.GetString(damaged), needsVoices: true), IsRefusal);
        Fuzz.Run("1,2,30,4000"u8.ToArray(), 1 << 20, damaged => LineNumbers.Parse(Encoding.UTF8.GetString(damaged)), IsRefusal);
    }

    private static bool IsRefusal(Exception refusal) => refusal is CliException;
}
