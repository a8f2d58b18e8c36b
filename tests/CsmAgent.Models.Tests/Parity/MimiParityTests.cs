using CsmAgent.Models.Parity;
using CsmAgent.TestSupport;

namespace CsmAgent.Models.Tests.Parity;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class MimiParityTests
{
    [Fact]
    public void Every_golden_of_mimi_tiny_is_within_its_tolerance_from_both_name_schemes()
    {
        var checks = ParityRunner.Run(Fixtures.Path("mimi-tiny")).ToList();

        Assert.All(checks, check => Assert.True(check.Passed, check.ToString()));
        // Window 20: 11 offline, 10 + 9 modules of frame 0, 3 odd, exact ring 3, release 4. Window 250: 3 offline, exact 3, release 3.
        Assert.Equal(2 * (11 + 19 + 3 + 3 + 4 + 3 + 3 + 3), checks.Count);
    }

    [Fact]
    public void A_folder_of_another_model_is_refused_by_name()
    {
        var folder = Directory.CreateTempSubdirectory("csm-parity-");
        File.WriteAllText(Path.Combine(folder.FullName, "config.json"), """{"model_type":"moshi"}""");

        var error = Assert.Throws<CsmAgent.Tensors.Safetensors.CheckpointException>(() => ParityRunner.Run(folder.FullName));

        Assert.Contains("moshi", error.Message, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }
}
