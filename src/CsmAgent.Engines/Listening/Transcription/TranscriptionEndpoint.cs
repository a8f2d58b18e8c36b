namespace CsmAgent.Engines.Listening.Transcription;

/// <summary>Where transcriptions are made.</summary>
/// <param name="Address">The whole address of the transcription resource.</param>
/// <param name="Model">The model's name there.</param>
/// <param name="Timeout">The longest wait.</param>
internal sealed record TranscriptionEndpoint(Uri Address, string Model, TimeSpan Timeout);
