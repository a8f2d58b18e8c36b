using System.ComponentModel.DataAnnotations;

namespace CsmAgent.Conversation.Options;

/// <summary>How the agent gives way when somebody speaks while it does.</summary>
public sealed class BargeInOptions
{
    /// <summary>False lets the agent speak on whatever happens; true by default.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How far the agent lowers its voice at the first sign of speech, in decibels; −12 by default, −60 to 0.</summary>
    [Range(-60.0, 0.0)]
    public double DuckDecibels { get; set; } = -12;

    /// <summary>User speech in milliseconds after which the agent holds its reply, ready to take it up again; 40 by default, 0 to 2000:
    /// as much as the ear needs to tell speech from a click. More lets it speak on into the user's first word.</summary>
    [Range(0, 2000)]
    public int PauseAfterMs { get; set; } = 40;

    /// <summary>User speech in milliseconds after which the reply is given up whatever was said; 4000 by default, 500 to 30000.
    /// Until then the words decide, and the agent is silent.</summary>
    [Range(500, 30_000)]
    public int YieldAfterMs { get; set; } = 4000;

    /// <summary>The longest wait in milliseconds, after the user fell silent, for the words that decide; 700 by default, 100 to 3000.</summary>
    [Range(100, 3000)]
    public int DecideWithinMs { get; set; } = 700;

    /// <summary>How much of an answer may have been heard, in milliseconds, when the user speaks again and is taken to go on with the
    /// turn that is being answered: the answer is taken back and one to the whole turn follows; 1000 by default, 0 (never) to 3000.</summary>
    [Range(0, 3000)]
    public int TakeBackWithinMs { get; set; } = 1000;

    /// <summary>What listeners say without wanting the floor. Compared in lower case without punctuation.</summary>
    [Required, MinLength(1)]
    public string[] Backchannels { get; set; } =
    [
        "mhm", "mm", "mmm", "mm hmm", "mm hm", "hmm", "hm", "uh huh", "uh", "um", "ah", "aha", "oh", "yeah", "yes", "yep", "yup",
        "right", "okay", "ok", "sure", "i see", "good", "great", "nice", "cool", "wow", "really", "exactly", "true", "alright",
        "all right", "got it", "of course", "go on", "huh",
    ];
}
