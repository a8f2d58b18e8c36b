using System.Text.Json.Serialization;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Turns;

/// <summary>Something the turn machine hears of. <c>At</c> counts samples on the device's counter: the machine has no other clock.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(DeviceStarted), "device-started")]
[JsonDerivedType(typeof(DeviceWasLost), "device-lost")]
[JsonDerivedType(typeof(Tick), "tick")]
[JsonDerivedType(typeof(VoiceStarted), "voice-started")]
[JsonDerivedType(typeof(VoiceEnded), "voice-ended")]
[JsonDerivedType(typeof(VoiceSounded), "voice-sounded")]
[JsonDerivedType(typeof(PartialHeard), "partial")]
[JsonDerivedType(typeof(FinalHeard), "final")]
[JsonDerivedType(typeof(ReplyPiece), "reply-piece")]
[JsonDerivedType(typeof(FrameGenerated), "frame")]
[JsonDerivedType(typeof(SpeechComplete), "speech-complete")]
[JsonDerivedType(typeof(Played), "played")]
[JsonDerivedType(typeof(TextTyped), "typed")]
[JsonDerivedType(typeof(StopRequested), "stop")]
[JsonDerivedType(typeof(AnnouncementDue), "announcement")]
[JsonDerivedType(typeof(FloorGiven), "floor-given")]
internal abstract record TurnEvent(long At);

/// <summary>A device runs.</summary>
internal sealed record DeviceStarted(long At) : TurnEvent(At);

/// <summary>The device is gone.</summary>
internal sealed record DeviceWasLost(long At) : TurnEvent(At);

/// <summary>Time passes: sent for every captured chunk.</summary>
internal sealed record Tick(long At) : TurnEvent(At);

/// <summary>Somebody began to speak; utterances count from 1 and rise.</summary>
internal sealed record VoiceStarted(long At, int Utterance, long FirstVoiced) : TurnEvent(At);

/// <summary>The utterance is over: waits count from where voice activity ended, delays from the last sample that could be heard of it.</summary>
internal sealed record VoiceEnded(long At, int Utterance, long LastVoiced, long LastAudible) : TurnEvent(At);

/// <summary>How the utterance sounds so far.</summary>
internal sealed record VoiceSounded(long At, int Utterance, VoiceSound Sound) : TurnEvent(At);

/// <summary>The utterance's text so far.</summary>
internal sealed record PartialHeard(long At, int Utterance, string Text) : TurnEvent(At);

/// <summary>The utterance's final text; empty when no words were heard or the recogniser failed.</summary>
internal sealed record FinalHeard(long At, int Utterance, string Text) : TurnEvent(At);

/// <summary>Text of the reply arrived.</summary>
internal sealed record ReplyPiece(long At, int Generation) : TurnEvent(At);

/// <summary>A frame of the reply was generated; <c>Frames</c> so far.</summary>
internal sealed record FrameGenerated(long At, int Generation, int Frames) : TurnEvent(At);

/// <summary>No more frames will come; <c>Failed</c> when an engine broke.</summary>
internal sealed record SpeechComplete(long At, int Generation, int Frames, bool Failed) : TurnEvent(At);

/// <summary>Samples of the reply handed to the device so far, the first of them at <c>FirstSample</c> of the device's counter.</summary>
internal sealed record Played(long At, int Generation, long Samples, long FirstSample) : TurnEvent(At);

/// <summary>The user typed a turn.</summary>
internal sealed record TextTyped(long At, string Text) : TurnEvent(At);

/// <summary>The user pressed stop.</summary>
internal sealed record StopRequested(long At) : TurnEvent(At);

/// <summary>The agent has something to say unasked, such as that a timer is done.</summary>
internal sealed record AnnouncementDue(long At, string Text) : TurnEvent(At);

/// <summary>An agent takes the floor although the user has asked nothing: it answers <c>Text</c>, or silence when that is empty.</summary>
internal sealed record FloorGiven(long At, string Text) : TurnEvent(At);
