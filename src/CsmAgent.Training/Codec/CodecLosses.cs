namespace CsmAgent.Training.Codec;

/// <summary>Parts of the codec's loss on one batch; parts that a phase does not have are 0.</summary>
/// <param name="Mel">Multi-scale spectral distance.</param>
/// <param name="Samples">Mean absolute difference of the samples.</param>
/// <param name="Phones">Cross-entropy of the phones, nats.</param>
/// <param name="PhonesRight">Share of 20 ms steps whose phone is right.</param>
/// <param name="Commitment">Distance of latents to their codebook vectors.</param>
/// <param name="Total">What is minimised.</param>
/// <param name="Judges">Loss of the discriminators.</param>
/// <param name="Features">Distance of the discriminators' features.</param>
/// <param name="Cepstra">Distance of <see cref="CepstralLoss"/>.</param>
/// <param name="Spread">Spread of <see cref="CepstralLoss"/>.</param>
public sealed record CodecLosses(
    double Mel, double Samples, double Phones, double PhonesRight, double Commitment, double Total, double Judges = 0, double Features = 0,
    double Cepstra = 0, double Spread = 0)
{
    /// <summary>The mean of several workers' losses.</summary>
    /// <param name="losses">One per worker.</param>
    public static CodecLosses Mean(IReadOnlyList<CodecLosses> losses) => new(
        losses.Average(l => l.Mel), losses.Average(l => l.Samples), losses.Average(l => l.Phones), losses.Average(l => l.PhonesRight),
        losses.Average(l => l.Commitment), losses.Average(l => l.Total), losses.Average(l => l.Judges), losses.Average(l => l.Features),
        losses.Average(l => l.Cepstra), losses.Average(l => l.Spread));

    /// <summary>Names and values for the log.</summary>
    public IEnumerable<(string Name, double Value)> Scalars() =>
    [
        ("mel", Mel), ("l1", Samples), ("phones", Phones), ("phones_right", PhonesRight), ("commitment", Commitment), ("total", Total),
        ("judges", Judges), ("features", Features), ("cepstra", Cepstra), ("spread", Spread),
    ];
}
