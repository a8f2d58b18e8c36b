namespace CsmAgent.Models.Mimi;

/// <summary>ELU, <paramref name="Wide"/>, ELU, <paramref name="Narrow"/>, added to the input.</summary>
/// <param name="Wide">Kernel 3, to half the channels.</param>
/// <param name="Narrow">Kernel 1, back to all channels.</param>
public sealed record MimiResidualUnit(MimiConvolution Wide, MimiConvolution Narrow);
