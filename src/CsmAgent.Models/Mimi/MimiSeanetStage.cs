namespace CsmAgent.Models.Mimi;

/// <summary>One change of rate: residual units then <paramref name="Resample"/> in the encoder, the other way round in the decoder.</summary>
/// <param name="Residuals">The residual units of the stage.</param>
/// <param name="Resample">Strided in the encoder, transposed in the decoder; kernel twice its stride.</param>
public sealed record MimiSeanetStage(IReadOnlyList<MimiResidualUnit> Residuals, MimiConvolution Resample);
