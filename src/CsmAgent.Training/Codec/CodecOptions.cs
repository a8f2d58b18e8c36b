namespace CsmAgent.Training.Codec;

/// <summary>How a codec is trained.</summary>
public sealed record CodecOptions
{
    /// <summary>A prepared corpus (<c>corpus prepare</c>).</summary>
    public required string Corpus { get; init; }

    /// <summary>Folder of the run: state, log, exported codec. A state there is resumed.</summary>
    public required string Run { get; init; }

    /// <summary>Folder with the codec to start from; its configuration is kept.</summary>
    public required string Start { get; init; }

    /// <summary>What learns.</summary>
    public CodecPhase Phase { get; init; } = CodecPhase.Whole;

    /// <summary>Folder with the speech model whose own codes (<see cref="Speech.DrawnCodes"/>) the decoder learns to voice, in half of the
    /// crops; null for recordings' codes alone. For the phases that keep the codebooks.</summary>
    public string? Speech { get; init; }

    /// <summary>Steps of the run; more at a resume prolong it.</summary>
    public int Steps { get; init; } = 10_000;

    /// <summary>Crops per step, over all workers.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Frames of 80 ms per crop.</summary>
    public int CropFrames { get; init; } = 16;

    /// <summary>Threads that compute gradients.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Learning rate of the plateau.</summary>
    public double LearningRate { get; init; } = 6e-4;

    /// <summary>Steps of warm-up.</summary>
    public int WarmUpSteps { get; init; } = 100;

    /// <summary>Share of the run, at its end, over which the rate decays.</summary>
    public double DecayShare { get; init; } = 0.3;

    /// <summary>Largest gradient norm.</summary>
    public double GradientClip { get; init; } = 3;

    /// <summary>Weight of the phone loss: on codebook 0 while the codes are learnt, on the sound (<see cref="PhoneEar"/>) while the codebooks
    /// stay as they are.</summary>
    public double PhoneWeight { get; init; } = 0.6;

    /// <summary>Steps in which <see cref="PhoneEar"/> learns on recordings before a phase that keeps the codebooks begins.</summary>
    public int EarSteps { get; init; } = 1_500;

    /// <summary>Weight of the distance of <see cref="CepstralLoss"/> in the phases that keep the codebooks; 0 leaves it out.</summary>
    public double CepstraWeight { get; init; }

    /// <summary>Weight of the spread of <see cref="CepstralLoss"/> in the phases that keep the codebooks; 0 leaves it out.</summary>
    public double SpreadWeight { get; init; }

    /// <summary>Steps until the phone loss reaches the encoder: a fresh phone head would only disturb it.</summary>
    public int PhoneHeadSteps { get; init; } = 200;

    /// <summary>Decay of the averaged weights that are exported.</summary>
    public double AverageDecay { get; init; } = 0.998;

    /// <summary>Chooses crops, augmentation and dropout.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Time between checkpoints.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Steps between entries of the log.</summary>
    public int LogEvery { get; init; } = 20;
}
