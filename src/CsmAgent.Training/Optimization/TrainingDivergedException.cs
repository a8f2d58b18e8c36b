namespace CsmAgent.Training.Optimization;

/// <summary>Loss or gradient stopped being a number. Nothing of the bad step was applied.</summary>
/// <param name="step">The step that failed.</param>
/// <param name="what">What was not finite.</param>
/// <param name="checkpoint">Where the last good state lies.</param>
public sealed class TrainingDivergedException(long step, string what, string checkpoint)
    : Exception($"Training stopped at step {step}: {what} is not a finite number. The last good state is kept in {checkpoint}. Resume with a smaller learning rate.")
{
    /// <summary>The step that failed; it was not applied.</summary>
    public long Step { get; } = step;
}
