namespace CsmAgent.Models.Mimi;

/// <summary>The convolutional half of an encoder or decoder (SEANet).</summary>
/// <param name="First">The convolution that meets the input.</param>
/// <param name="Stages">The changes of rate, in running order.</param>
/// <param name="Last">The convolution that leaves the output.</param>
public sealed record MimiSeanet(MimiConvolution First, IReadOnlyList<MimiSeanetStage> Stages, MimiConvolution Last);
