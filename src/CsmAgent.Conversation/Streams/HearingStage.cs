using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.Stage;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Streams;

/// <summary>Blocks in, what was heard out: echo cancellation, voice activity and the cut into utterances, one element each.
/// Owns the ear it opens. Nothing is held back, so there is nothing to flush when the device ends.</summary>
internal sealed class HearingStage : GraphStage<FlowShape<CapturedBlock, Heard>>
{
    private readonly Func<IEar> _openEar;
    private readonly Func<int> _nextUtterance;

    public HearingStage(Func<IEar> openEar, Func<int> nextUtterance)
    {
        _openEar = openEar;
        _nextUtterance = nextUtterance;
        Shape = new FlowShape<CapturedBlock, Heard>(In, Out);
    }

    public Inlet<CapturedBlock> In { get; } = new("Hearing.in");

    public Outlet<Heard> Out { get; } = new("Hearing.out");

    public override FlowShape<CapturedBlock, Heard> Shape { get; }

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly HearingStage _stage;
        private readonly IEar _ear;
        private readonly UtteranceCutter _cutter;

        public Logic(HearingStage stage)
            : base(stage.Shape)
        {
            _stage = stage;
            _ear = stage._openEar();
            _cutter = new UtteranceCutter(_ear, stage._nextUtterance);
            SetHandler(stage.In, this);
            SetHandler(stage.Out, this);
        }

        public override void OnPush() => Push(_stage.Out, _cutter.Hear(Grab(_stage.In)));

        public override void OnPull() => Pull(_stage.In);

        public override void PostStop() => _ear.Dispose();
    }
}

/// <summary>The stage as a verb.</summary>
internal static class HearingFlow
{
    public static Source<Heard, NotUsed> Hear(this Source<CapturedBlock, NotUsed> blocks, Func<IEar> openEar, Func<int> nextUtterance) =>
        blocks.Via(new HearingStage(openEar, nextUtterance));
}
