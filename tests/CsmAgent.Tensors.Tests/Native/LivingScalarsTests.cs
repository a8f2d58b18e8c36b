using System.Diagnostics;
using System.Reflection;
using TorchSharp;

namespace CsmAgent.Tensors.Tests.Native;

/// <summary>See Directory.Build.targets: optimised, TorchSharp frees a Scalar while libtorch still reads it.</summary>
public sealed class LivingScalarsTests
{
    [Fact]
    public void TorchSharp_runs_unoptimised_so_that_a_scalar_outlives_the_call_that_takes_it() =>
        Assert.True(typeof(torch).Assembly.GetCustomAttribute<DebuggableAttribute>()!.IsJITOptimizerDisabled);
}
