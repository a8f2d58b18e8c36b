namespace CsmAgent.Models.Csm.Packed;

/// <summary>Parameters of a checkpoint on disk.</summary>
/// <param name="checkpoint">An open checkpoint; stays its owner's.</param>
public sealed class CheckpointParameters(CsmCheckpoint checkpoint) : ICsmParameters
{
    /// <inheritdoc/>
    public CsmConfig Config => checkpoint.Config;

    /// <inheritdoc/>
    public void Read(string name, long first, Span<float> destination)
    {
        if (first == 0 && checkpoint.Shapes[name].Aggregate(1L, (count, size) => count * size) == destination.Length)
        {
            checkpoint.Read(name, destination);
        }
        else
        {
            checkpoint.ReadPart(name, first, destination);
        }
    }
}
