namespace CsmAgent.Cli.Doctor;

/// <summary>One line of <c>doctor</c>.</summary>
/// <param name="What">The thing looked for.</param>
/// <param name="IsFine">Whether it was found and works.</param>
/// <param name="IsNeeded">Whether a conversation cannot be held without it.</param>
/// <param name="Found">What was found, or what happened instead.</param>
/// <param name="Advice">What to do when it is not fine.</param>
public sealed record Finding(string What, bool IsFine, bool IsNeeded, string Found, string Advice = "");
