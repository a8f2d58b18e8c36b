namespace CsmAgent.Training.Codec;

/// <summary>What learns in a codec run.</summary>
public enum CodecPhase
{
    /// <summary>Encoder, codebooks and decoder.</summary>
    Whole,

    /// <summary>The decoder alone; codes stay as they are, so that a speech model over them stays valid. An ear (<see cref="PhoneEar"/>) judges its sound.</summary>
    Decoder,

    /// <summary>The decoder against discriminators, and the ear.</summary>
    Sharpen,

    /// <summary>As <see cref="Sharpen"/>, and the encoder before codebooks that stay as they are: it learns to choose codes that say more of what it
    /// hears. Half of the crops are a speech model's codes, which hold every code to the meaning that the speech model knows.</summary>
    Refine,
}
