using CsmAgent.Models.Csm;
using CsmAgent.Models.Parity;
using CsmAgent.TestSupport;

namespace CsmAgent.Models.Tests.Parity;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class CsmParityTests
{
    [Fact]
    public void Every_golden_of_csm_tiny_is_within_its_tolerance_from_both_formats()
    {
        using var parity = new CsmParity(Fixtures.Path("csm-tiny"));

        var checks = parity.Run().ToList();

        // 1 config, 4 tables, 5 samplers, and twice: functions a b d e 6 each, c 4; sessions a b c e 3 each, d 1, sampled a b.
        Assert.Equal(1 + 4 + 5 + (2 * ((4 * 6) + 4 + (4 * 3) + 1 + 2)), checks.Count);
        Assert.All(checks, check => Assert.True(check.Passed, check.ToString()));
    }

    [Fact]
    public void A_wrong_weight_fails_parity()
    {
        using var parity = new CsmParity(Fixtures.Path("csm-tiny"));
        using var checkpoint = CsmCheckpoint.Open(Fixtures.Path("csm-tiny", "model.safetensors"), parity.Config);
        using var weights = CsmWeights.Load(checkpoint);
        weights.DepthProjection.mul_(1.01);

        using var model = TorchCsmModel.Of(weights);
        Assert.Contains(parity.Sessions(() => model.OpenSession()), check => !check.Passed);
    }
}
