namespace CsmAgent.Training.Runs;

/// <summary>Says how much of the work before a run's first step is done.</summary>
/// <param name="work">Such as <c>encoding the corpus</c>.</param>
/// <param name="progress">Told; null for silence.</param>
internal sealed class Share(string work, IProgress<(long Step, string Line)>? progress) : IProgress<double>
{
    /// <inheritdoc/>
    public void Report(double value) => progress?.Report((0, $"{work}: {value:p0}"));
}
