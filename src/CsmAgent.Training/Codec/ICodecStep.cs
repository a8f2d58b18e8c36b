namespace CsmAgent.Training.Codec;

/// <summary>One phase's way of taking a step.</summary>
internal interface ICodecStep : IDisposable
{
    /// <summary>Takes one step in the caller's dispose scope.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <returns>The losses before it and the gradient's norm.</returns>
    (CodecLosses Losses, double Norm) Take(double rate);

    /// <summary>Writes all state and exports the codec.</summary>
    void Save();
}
