namespace CsmAgent.Training.Speech;

/// <summary>How a speech model is trained.</summary>
public sealed record CsmOptions
{
    /// <summary>A prepared corpus (<c>corpus prepare</c>).</summary>
    public required string Corpus { get; init; }

    /// <summary>Folder of the run: state, log, codes, exported model. A state there is resumed.</summary>
    public required string Run { get; init; }

    /// <summary>Folder with the codec whose codes it learns.</summary>
    public required string Codec { get; init; }

    /// <summary>Folder with the model to start from; null starts afresh with <see cref="DeskSpeech.Config"/>.</summary>
    public string? Start { get; init; }

    /// <summary>Steps of the run; more at a resume prolong it.</summary>
    public int Steps { get; init; } = 4_000;

    /// <summary>Sequences per step, over all workers.</summary>
    public int Batch { get; init; } = 2;

    /// <summary>Rows per sequence: text, frames, ends. A model holds no longer conversation than it has learnt with, and its configuration
    /// says so (<c>max_position_embeddings</c>).</summary>
    public int Rows { get; init; } = 1_024;

    /// <summary>Share of the frames the depth decoder learns from, 0 to 1 (compute amortisation; the published system: 1/16).</summary>
    public double DepthShare { get; init; } = 0.25;

    /// <summary>Weight of each codebook after codebook 1 as a share of the one before; 1 is the published mean over all of them.</summary>
    public double DepthDecay { get; init; } = 1;

    /// <summary>Share of the input frames that are corrupted, against exposure bias.</summary>
    public double Corruption { get; init; } = 0.08;

    /// <summary>Share of the input frames of which only the first few codebooks are heard: all eight codes of a frame are nearly
    /// its name, and a small corpus would be learnt by name.</summary>
    public double CodebookDropout { get; init; } = 0.3;

    /// <summary>Share of the utterances that are heard without their voice: of all their frames codebook 0 alone. A few frames into a turn its own
    /// sound says who speaks; without that it has to come from what the speaker said before.</summary>
    public double VoiceDropout { get; init; }

    /// <summary>Share of the utterances that are heard as <see cref="Start"/> itself would say them (<see cref="DrawnCodes"/>), while what is
    /// wanted stays the recording: so a model learns to go on from its own voice.</summary>
    public double OwnCodes { get; init; }

    /// <summary>Starts, spread over a frame, at which every utterance is encoded, silence before it (<see cref="CodeCache"/>): 1, 2 or 4.</summary>
    public int Starts { get; init; } = 4;

    /// <summary>Draws the codes of recordings anew at every hearing, at this temperature (<see cref="LatentCache.Draw"/>); 0 takes the nearest. It falls
    /// as the rate does: who learns from draws draws as widely, and what is understood has to be sharp again in the end.</summary>
    public double CodeTemperature { get; init; }

    /// <summary>Dropout of what each of the backbone's sub-blocks adds.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Weight of the next frame's phones in the loss (<see cref="SpokenPhones"/>); 0 leaves them out. Needs a corpus with
    /// phone labels, and is not for low-rank fine-tuning.</summary>
    public double PhoneWeight { get; init; }

    /// <summary>Weight in the loss of where the backbone looks in its text (<see cref="AttentionGuide.ToLetters"/>); 0 leaves it alone. Needs a corpus
    /// with phone labels and a model that reads bytes.</summary>
    public double GuideWeight { get; init; }

    /// <summary>Weight in the loss of where the backbone looks for its voice (<see cref="AttentionGuide.ToVoice"/>), for the tag to know it
    /// by (<see cref="AttentionGuide.ToTag"/>, <see cref="TagGuide"/>); 0 leaves that, and tags that look alike
    /// (<see cref="SpeakerTags.Likeness"/>), alone.</summary>
    public double VoiceWeight { get; init; }

    /// <summary>Share of the utterances whose text is withheld, so that a model also knows what goes on without one: what classifier-free
    /// guidance leads away from.</summary>
    public double TextDropout { get; init; }

    /// <summary>Computes in bfloat16; weights, moments and losses stay in single precision.</summary>
    public bool HalfPrecision { get; init; } = true;

    /// <summary>Only this voice's utterances; null for all. Fine-tuning on one voice.</summary>
    public string? Voice { get; init; }

    /// <summary>Rank of low-rank fine-tuning; 0 trains every weight.</summary>
    public int LoraRank { get; init; }

    /// <summary>Threads that compute gradients.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Learning rate of the plateau.</summary>
    public double LearningRate { get; init; } = 1.2e-3;

    /// <summary>Steps of warm-up.</summary>
    public int WarmUpSteps { get; init; } = 100;

    /// <summary>Share of the run, at its end, over which the rate decays.</summary>
    public double DecayShare { get; init; } = 0.4;

    /// <summary>Largest gradient norm.</summary>
    public double GradientClip { get; init; } = 1;

    /// <summary>Decay of the averaged weights that are judged and exported.</summary>
    public double AverageDecay { get; init; } = 0.998;

    /// <summary>Chooses conversations, corruption and dropout.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Time between checkpoints.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Steps between entries of the log.</summary>
    public int LogEvery { get; init; } = 20;

    /// <summary>Steps between held-out losses.</summary>
    public int JudgeEvery { get; init; } = 200;
}
