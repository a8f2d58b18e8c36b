namespace CsmAgent.Models.Csm;

/// <summary>A loaded CSM that opens sessions: on the processor's own kernels, or on any device Torch has.</summary>
public interface ICsmModel : IDisposable
{
    /// <summary>The model's shape.</summary>
    CsmConfig Config { get; }

    /// <summary>Opens an empty session.</summary>
    /// <param name="positionLimit">The most rows; null takes what the model was built for.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not 1 to what the model was built for.</exception>
    ICsmSession OpenSession(int? positionLimit = null);
}
