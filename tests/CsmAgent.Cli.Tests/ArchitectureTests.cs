using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CsmAgent.TestSupport;

namespace CsmAgent.Cli.Tests;

/// <summary>The house as the design draws it: arrows go down only, Akka and Torch stay in their rooms.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Audio"] = [],
        ["Tensors"] = [],
        ["Models"] = ["Tensors"],
        ["Conversation"] = ["Audio"],
        ["Engines"] = ["Models", "Conversation", "Audio", "Tensors"],
        ["Training"] = ["Models", "Audio", "Tensors"],
        ["Cli"] = ["Audio", "Tensors", "Models", "Conversation", "Engines", "Training"],
    };

    public static TheoryData<string> Rooms => [.. Arrows.Keys];

    [Fact]
    public void Every_project_under_src_is_a_room_of_the_design()
    {
        var found = Directory.GetDirectories(Path.Combine(Fixtures.Repository, "src")).Select(folder => Path.GetFileName(folder)["CsmAgent.".Length..]);

        // Samples are guests: they show how others use the house.
        Assert.Equal(Arrows.Keys.Order(), found.Where(room => !room.StartsWith("Samples.", StringComparison.Ordinal)).Order());
    }

    [Theory]
    [InlineData("Samples.Chatbot")]
    [InlineData("Samples.PhoneBot")]
    public void A_sample_needs_one_reference(string sample) =>
        Assert.Equal(
            "../CsmAgent.Engines/CsmAgent.Engines.csproj",
            Assert.Single(XDocument.Load(ProjectFile(sample)).Descendants("ProjectReference")).Attribute("Include")!.Value);

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_refers_only_to_rooms_below_it(string room)
    {
        var project = XDocument.Load(ProjectFile(room));
        var named = project.Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))["CsmAgent.".Length..]);
        var used = References(room).Where(name => name.StartsWith("CsmAgent.", StringComparison.Ordinal)).Select(name => name["CsmAgent.".Length..]);

        Assert.Empty(named.Concat(used).Except(Arrows[room]));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Akka_is_known_only_to_the_conversation_and_the_roof(string room) =>
        Assert.True(
            room is "Conversation" or "Cli" || !References(room).Any(name => name == "Akka" || name.StartsWith("Akka.", StringComparison.Ordinal)),
            $"CsmAgent.{room} uses a type of Akka.");

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Torch_is_known_only_to_tensors_models_engines_and_training(string room) =>
        Assert.True(
            room is "Tensors" or "Models" or "Engines" or "Training" || !References(room).Contains("TorchSharp"),
            $"CsmAgent.{room} uses a type of TorchSharp.");

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Unsafe_code_lives_in_tensors_and_at_the_borders_to_native_libraries(string room)
    {
        var unsafeFiles = Directory.EnumerateFiles(Path.GetDirectoryName(ProjectFile(room))!, "*.cs", SearchOption.AllDirectories)
            .Where(file => Unsafe().IsMatch(File.ReadAllText(file)))
            .Where(file => room != "Tensors" && !(room is "Audio" or "Engines" && Native().IsMatch(File.ReadAllText(file))))
            .Select(file => Path.GetRelativePath(Fixtures.Repository, file));

        Assert.Empty(unsafeFiles);
    }

    [Fact]
    public void Program_is_a_short_list()
    {
        var lines = File.ReadAllLines(Path.Combine(Fixtures.Repository, "src", "CsmAgent.Cli", "Program.cs"));

        Assert.True(lines.Length < 80);
    }

    private static string ProjectFile(string room) =>
        Path.Combine(Fixtures.Repository, "src", $"CsmAgent.{room}", $"CsmAgent.{room}.csproj");

    // Read from the compiled assembly, so that only what the code really uses counts.
    private static List<string> References(string room)
    {
        var file = Path.Combine(AppContext.BaseDirectory, room == "Cli" ? "csm-agent.dll" : $"CsmAgent.{room}.dll");
        using var image = new PEReader(File.OpenRead(file));
        var metadata = image.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }

    [GeneratedRegex(@"^(?!\s*//).*\bunsafe\b", RegexOptions.Multiline)]
    private static partial Regex Unsafe();

    [GeneratedRegex(@"LibraryImport|UnmanagedCallersOnly|delegate\* unmanaged|\w+Native\.")]
    private static partial Regex Native();
}
