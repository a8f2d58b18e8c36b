using Akka.Actor;
using Akka.Event;
using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Playback;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Actors;

/// <summary>What the parts of one conversation tell each other. Local only; no tensor, no audio but finished frames.</summary>
internal static class PartMessages
{
    internal abstract record Local : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    /// <summary>To capture and playback: a device runs.</summary>
    internal sealed record DeviceUp(AudioPort Port, long FirstSample, string Name) : Local;

    /// <summary>To capture and playback: it is gone.</summary>
    internal sealed record DeviceDown : Local;

    /// <summary>To playback: a block passed the device.</summary>
    internal sealed record BlockPassed(PlaybackPosition Position, long Start) : Local;

    /// <summary>To context: an utterance belongs to the user's turn.</summary>
    internal sealed record UtteranceOfTurn(int Turn, int Utterance) : Local;

    /// <summary>To context: what an utterance says.</summary>
    internal sealed record UtteranceText(int Utterance, string Text) : Local;

    /// <summary>To context: how an utterance sounded.</summary>
    internal sealed record UtteranceCodes(int Utterance, IReadOnlyList<CodeFrame> Codes) : Local;

    /// <summary>To context: the user's turn is over; replaces an earlier one of the same number.</summary>
    internal sealed record CommitUserTurn(int Turn, string Text, long FirstSample, long LastSample) : Local;

    /// <summary>To context: the user goes on with a turn that was taken to be over; it will be committed again.</summary>
    internal sealed record KeepTurnOpen(int Turn) : Local;

    /// <summary>To context, then synthesis and reply: begin a reply.</summary>
    internal sealed record BeginReply(AgentReply Reply) : Local;

    /// <summary>To reply: begin to write.</summary>
    internal sealed record WriteReply(AgentReply Reply, IReadOnlyList<SpokenTurn> History) : Local;

    /// <summary>To reply: the last reply answered a turn that was not over; undo what it did.</summary>
    internal sealed record UndoReply : Local;

    /// <summary>To reply: a frame has passed; ask for what is to be said unasked.</summary>
    internal sealed record LookForAnnouncements : Local;

    /// <summary>To synthesis: begin to speak.</summary>
    internal sealed record SpeakReply(AgentReply Reply) : Local;

    /// <summary>To synthesis: a clause, already words.</summary>
    internal sealed record Clause(AgentReply Reply, string Text) : Local;

    /// <summary>To synthesis: no more clauses.</summary>
    internal sealed record TextOver(AgentReply Reply, bool Failed) : Local;

    /// <summary>To synthesis: another frame may be generated.</summary>
    internal sealed record FrameWanted(int Generation, int Count) : Local;

    /// <summary>To synthesis: append what the user said.</summary>
    internal sealed record AppendSegment(HeardSegment Segment) : Local;

    /// <summary>To synthesis: keep only what was heard.</summary>
    internal sealed record KeepHeard(int Generation, int Frames, string Text) : Local;

    /// <summary>To synthesis: begin again with an empty context.</summary>
    internal sealed record ForgetContext : Local;

    /// <summary>To playback and context: a frame.</summary>
    internal sealed record FrameMade(
        int Generation, int Index, ReadOnlyMemory<float> Samples, CodeFrame Codes, int Clause, string ClauseText, int SpokenCharacters) : Local;

    /// <summary>To playback, and to synthesis when it was begun early: the reply may sound.</summary>
    internal sealed record Release(int Generation) : Local;

    /// <summary>To playback: silence the reply; then tell context what was heard.</summary>
    internal sealed record Silence(int Turn, int Generation) : Local;

    /// <summary>To playback: the reply was spoken to its end; tell context.</summary>
    internal sealed record Finished(int Turn, int Generation) : Local;

    internal sealed record DuckVoice : Local;

    internal sealed record HoldVoice : Local;

    internal sealed record FreeVoice : Local;

    /// <summary>To context: how far the reply has been played.</summary>
    internal sealed record HeardSoFar(int Turn, int Generation, int Frames) : Local;

    /// <summary>To context: the reply is over, and this is what was heard of it.</summary>
    internal sealed record HeardInAll(
        int Turn, int Generation, int Frames, long? FirstSample, long? LastSample, int Underruns, bool WasCut) : Local;

    /// <summary>To turn: say up to where the context forgets.</summary>
    internal sealed record ForgetAll : Local;

    /// <summary>To context: forget everything up to this turn and this reply.</summary>
    internal sealed record Forget(int Turn, int Generation) : Local;

    /// <summary>To context: the turns so far; answered with a list of <see cref="SpokenTurn"/>.</summary>
    internal sealed record GetTurns : Local;

    /// <summary>To the supervisor: end the conversation.</summary>
    internal sealed record Stop(string Reason) : Local;

    /// <summary>To each part that holds something: let go of it; answered with <see cref="LetGo"/>.</summary>
    internal sealed record Close : Local;

    internal sealed record LetGo : Local;
}
