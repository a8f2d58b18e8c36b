namespace CsmAgent.Models.Csm.Packed;

/// <summary>Where a model's numbers come from when they are packed: a checkpoint, or a generator of random ones.</summary>
public interface ICsmParameters
{
    /// <summary>The model's shape.</summary>
    CsmConfig Config { get; }

    /// <summary>Reads consecutive elements of a parameter. Calls for different parameters may come from several threads.</summary>
    /// <param name="name">A name of <see cref="CsmTensorNames.Shapes"/>.</param>
    /// <param name="first">Row-major index of the first element; 0 and all elements for query and key projections.</param>
    /// <param name="destination">Receives the elements; query and key rows in halves.</param>
    void Read(string name, long first, Span<float> destination);
}
