namespace CsmAgent.Models.Parity;

/// <summary>One golden compared with what this implementation computes.</summary>
/// <param name="Name">Weights file, golden and path taken, for example <c>original.safetensors a.hidden</c>.</param>
/// <param name="Difference">Largest absolute difference; for codes and frames the number of differing ones.</param>
/// <param name="Tolerance">The most that is allowed.</param>
public sealed record ParityCheck(string Name, double Difference, double Tolerance)
{
    /// <summary>True within the tolerance; a difference that is no number never is.</summary>
    public bool Passed => Difference <= Tolerance;
}
