namespace CsmAgent.Training.Optimization;

/// <summary>Warm-up, plateau, linear decay. The plateau lets a run be prolonged: nothing before the decay depends on its end.</summary>
/// <param name="Peak">Rate of the plateau.</param>
/// <param name="WarmUpSteps">Steps from near zero to the plateau.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="DecayShare">Share of the run, at its end, that decays; 0 to 1.</param>
/// <param name="Floor">Share of the peak at the end.</param>
public sealed record LearningRate(double Peak, int WarmUpSteps, int TotalSteps, double DecayShare, double Floor = 0.04)
{
    /// <summary>The rate of a step.</summary>
    /// <param name="step">Steps taken before it.</param>
    public double At(long step)
    {
        var warm = Math.Min(1, (step + 1.0) / Math.Max(1, WarmUpSteps));
        return Peak * warm * LeftAt(step);
    }

    /// <summary>What the decay has left of the plateau: 1 before it, down to <see cref="Floor"/>.</summary>
    /// <param name="step">Steps taken before it.</param>
    public double LeftAt(long step)
    {
        var decaySteps = Math.Max(1, TotalSteps * DecayShare);
        return Floor + ((1 - Floor) * Math.Clamp((TotalSteps - step) / decaySteps, 0, 1));
    }
}
