namespace CsmAgent.Models.Csm;

/// <summary>The two ways CSM weights are published.</summary>
public enum CsmCheckpointFormat
{
    /// <summary>Names of transformers; the audio table may be stored twice; a codec may be included.</summary>
    Transformers,

    /// <summary>Sesame's names (torchtune); rotary pairs of query and key rows lie side by side.</summary>
    Sesame,
}
