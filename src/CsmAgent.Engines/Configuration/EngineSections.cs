namespace CsmAgent.Engines.Configuration;

/// <summary>The configuration sections of the engines, for whoever rejects unknown keys.</summary>
public static class EngineSections
{
    /// <summary>Each section's name and the class it is bound to.</summary>
    public static IReadOnlyList<(string Name, Type Options)> All { get; } =
    [
        (InferenceOptions.Section, typeof(InferenceOptions)),
        (RecognizerOptions.Section, typeof(RecognizerOptions)),
        (SynthesizerOptions.Section, typeof(SynthesizerOptions)),
        (CodecOptions.Section, typeof(CodecOptions)),
        (ReplyOptions.Section, typeof(ReplyOptions)),
    ];
}
