namespace CsmAgent.Tensors.Sampling;

/// <summary>Chooses one id per call. Called once per codebook, semantic first, frame after frame.</summary>
public interface ICodeSampler
{
    /// <summary>Chooses an id.</summary>
    /// <param name="logits">One logit per id; borrowed for the call.</param>
    /// <returns>0 to the number of logits − 1.</returns>
    /// <exception cref="ArithmeticException">A logit is NaN.</exception>
    int Sample(ReadOnlySpan<float> logits);
}
