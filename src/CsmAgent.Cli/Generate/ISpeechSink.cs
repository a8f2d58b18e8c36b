namespace CsmAgent.Cli.Generate;

/// <summary>Where generated speech goes.</summary>
internal interface ISpeechSink : IAsyncDisposable
{
    /// <summary>Takes the next samples; returns when there is room for more.</summary>
    /// <param name="samples">24 kHz mono.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    ValueTask WriteAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken);

    /// <summary>Returns when everything has been written or heard.</summary>
    ValueTask FinishAsync(CancellationToken cancellationToken);
}
