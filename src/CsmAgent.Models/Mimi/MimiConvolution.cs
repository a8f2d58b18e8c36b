using static TorchSharp.torch;

namespace CsmAgent.Models.Mimi;

/// <summary>One causal convolution of Mimi: weights, stride and dilation. Plain functions over it live in <see cref="MimiConvolutions"/>.</summary>
/// <param name="Weight">(out, in / groups, kernel), or (in, out / groups, kernel) for a transposed convolution.</param>
/// <param name="Bias">(out), or null.</param>
/// <param name="Stride">Samples per step of the input (or of the output, when transposed).</param>
/// <param name="Dilation">Distance of the kernel's taps.</param>
/// <param name="Groups">Channel groups.</param>
public sealed record MimiConvolution(Tensor Weight, Tensor? Bias, int Stride = 1, int Dilation = 1, int Groups = 1)
{
    /// <summary>Samples of history that one output needs beyond its stride; a stream keeps as many between calls.</summary>
    public int Context => (((int)Weight.size(2) - 1) * Dilation) + 1 - Stride;
}
