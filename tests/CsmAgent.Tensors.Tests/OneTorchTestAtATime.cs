namespace CsmAgent.Tensors.Tests;

/// <summary>Tests that use Torch run one after the other: they count live tensors of the whole process.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OneTorchTestAtATime
{
    public const string Name = "Torch";
}
