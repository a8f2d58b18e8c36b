using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>Draws from a distribution.</summary>
internal static class GumbelDraw
{
    /// <summary>One draw for each row: the largest of logits with Gumbel noise is one.</summary>
    /// <param name="logits">(…, entries); borrowed.</param>
    /// <param name="generator">Source of randomness.</param>
    /// <returns>(…), int64.</returns>
    public static Tensor From(Tensor logits, Generator generator)
    {
        var noise = empty(logits.shape).uniform_(1e-9, 1, generator: generator).log().neg().log().neg();
        return logits.add(noise).argmax(-1);
    }
}
