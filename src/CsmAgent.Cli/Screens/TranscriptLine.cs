namespace CsmAgent.Cli.Screens;

/// <summary>One line that stays on the screen once it has been written.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="At">When it happened, on the device's clock.</param>
/// <param name="Text">The words.</param>
/// <param name="Mark">A remark in brackets, such as <c>interrupted</c>; null for none.</param>
internal sealed record TranscriptLine(LineKind Kind, TimeSpan At, string Text, string? Mark = null)
{
    /// <summary>At a round table, which agent spoke; otherwise null.</summary>
    public string? Agent { get; init; }
}
