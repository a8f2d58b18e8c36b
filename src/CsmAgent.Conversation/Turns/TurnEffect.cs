using System.Text.Json.Serialization;

namespace CsmAgent.Conversation.Turns;

/// <summary>Something the turn machine wants done.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(OpenTurn), "open-turn")]
[JsonDerivedType(typeof(UserFellSilent), "user-fell-silent")]
[JsonDerivedType(typeof(ShowTranscript), "show-transcript")]
[JsonDerivedType(typeof(DropTurn), "drop-turn")]
[JsonDerivedType(typeof(CommitTurn), "commit-turn")]
[JsonDerivedType(typeof(StartReply), "start-reply")]
[JsonDerivedType(typeof(ReleaseReply), "release-reply")]
[JsonDerivedType(typeof(TakeBack), "take-back")]
[JsonDerivedType(typeof(CutReply), "cut-reply")]
[JsonDerivedType(typeof(EndReply), "end-reply")]
[JsonDerivedType(typeof(Duck), "duck")]
[JsonDerivedType(typeof(Hold), "hold")]
[JsonDerivedType(typeof(GoOn), "go-on")]
[JsonDerivedType(typeof(FirstSound), "first-sound")]
[JsonDerivedType(typeof(Complain), "complain")]
internal abstract record TurnEffect;

/// <summary>The user's turn began (or a dropped one goes on) with this utterance.</summary>
internal sealed record OpenTurn(int Turn, int Utterance, long FirstVoiced) : TurnEffect;

/// <summary>Tell the screen that the user fell silent.</summary>
internal sealed record UserFellSilent(int Turn, long LastAudible) : TurnEffect;

/// <summary>Show the turn's text so far.</summary>
internal sealed record ShowTranscript(int Turn, string Text) : TurnEffect;

/// <summary>No words were recognised in the turn.</summary>
internal sealed record DropTurn(int Turn) : TurnEffect;

/// <summary>The turn is over; remember it. A later commit of the same turn replaces this one (the user went on).</summary>
internal sealed record CommitTurn(int Turn, string Text, long FirstVoiced, long LastAudible, string Why) : TurnEffect;

/// <summary>Begin a reply; nothing of it may sound before <see cref="ReleaseReply"/>.</summary>
/// <param name="Turn">The turn that is answered.</param>
/// <param name="Generation">The reply's number, never used before.</param>
/// <param name="UserText">What is answered.</param>
/// <param name="Fixed">What to say instead of (or, when <paramref name="UserText"/> is not empty, before) a written reply; null for nothing.</param>
/// <param name="IsSpeculative">True when the turn may still go on.</param>
internal sealed record StartReply(int Turn, int Generation, string UserText, string? Fixed, bool IsSpeculative) : TurnEffect;

/// <summary>The turn is surely over: the reply may act and sound.</summary>
internal sealed record ReleaseReply(int Turn, int Generation, bool WasSpeculative) : TurnEffect;

/// <summary>The released reply answered a turn that goes on: undo what it did, and keep the turn open. <see cref="CutReply"/> follows.</summary>
internal sealed record TakeBack(int Turn, int Generation) : TurnEffect;

/// <summary>Silence the reply, stop making it, keep only what was heard of it.</summary>
internal sealed record CutReply(int Turn, int Generation, bool WasSpeculative, string Why) : TurnEffect;

/// <summary>The reply was spoken to its end.</summary>
internal sealed record EndReply(int Turn, int Generation) : TurnEffect;

/// <summary>Lower the voice.</summary>
internal sealed record Duck(int Turn, int Generation) : TurnEffect;

/// <summary>Fall silent, ready to go on from the same sample.</summary>
internal sealed record Hold(int Turn, int Generation) : TurnEffect;

/// <summary>Full voice again, from the same sample.</summary>
internal sealed record GoOn(int Turn, int Generation, string Why) : TurnEffect;

/// <summary>The reply's first sample went to the device; where the time went until then.</summary>
internal sealed record FirstSound(int Turn, int Generation, long FirstSample, TurnMarks Marks) : TurnEffect;

/// <summary>Tell the user that something went wrong.</summary>
internal sealed record Complain(int Turn, string Stage, string Message) : TurnEffect;
