namespace CsmAgent.Tensors.Packing;

/// <summary>How a packed matrix stores its numbers.</summary>
public enum WeightFormat
{
    /// <summary>32-bit floats: the parity path.</summary>
    Float32,

    /// <summary>Upper halves of 32-bit floats; products in 32 bits.</summary>
    BFloat16,

    /// <summary>8 bits around 128 with one bfloat16 scale per row and group; activations in 8 bits.</summary>
    Int8,

    /// <summary>4 bits around 8 with one bfloat16 scale per row and group; activations in 8 bits.</summary>
    Int4,
}
