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

    /// <summary>User speech in milliseconds after which the agent holds its reply; 160 by default, 0 to 2000.</summary>
    [Range(0, 2000)]
    public int PauseAfterMs { get; set; } = 160;

    /// <summary>User speech in milliseconds after which the reply is given up when there are words and they are no backchannel;
    /// after twice as long it is given up whatever was said. 700 by default, 100 to 5000.</summary>
    [Range(100, 5000)]
    public int CutAfterMs { get; set; } = 700;

    /// <summary>The longest wait in milliseconds, after the user fell silent, for the words that decide; 700 by default, 100 to 3000.</summary>
    [Range(100, 3000)]
    public int DecideWithinMs { get; set; } = 700;

    /// <summary>What listeners say without wanting the floor. Compared in lower case without punctuation.</summary>
    [Required, MinLength(1)]
    public string[] Backchannels { get; set; } =
    [
        "mhm", "mm", "mmm", "mm hmm", "mm hm", "hmm", "hm", "uh huh", "uh", "um", "ah", "aha", "oh", "yeah", "yes", "yep", "yup",
        "right", "okay", "ok", "sure", "i see", "good", "great", "nice", "cool", "wow", "really", "exactly", "true", "alright",
        "all right", "got it", "of course", "go on", "huh",
    ];
}
