using CsmAgent.Cli.Verbs.Bench;
using CsmAgent.Cli.Verbs.Dialogue;
using CsmAgent.Cli.Verbs.Models;
using CsmAgent.Cli.Verbs.Training;
using CsmAgent.Cli.Verbs.Voices;

namespace CsmAgent.Cli.Verbs;

/// <summary>Every verb, in the order <c>--help</c> shows them. A new verb is a file in this folder and a line here.</summary>
public static class VerbList
{
    /// <summary>Creates the verbs.</summary>
    public static IEnumerable<Verb> All(Shell shell) =>
    [
        new TalkVerb(shell),
        new GenerateVerb(shell),
        new EncodeVerb(shell),
        new DecodeVerb(shell),
        new ReportVerb(shell),
        new FollowVerb(shell),
        new ReplayVerb(shell),
        new MemoryVerb(shell),
        new ParityVerb(shell),
        new DevicesVerb(shell),
        new DoctorVerb(shell),
        new ModelsVerb(shell),
        new VoicesVerb(shell),
        new DialogueVerb(shell),
        new SpeakVerb(shell),
        new BenchVerb(shell),
        new CorpusVerb(shell),
        new TrainVerb(shell),
        new EvaluateVerb(shell),
    ];
}
