using CsmAgent.Engines.Speaking.Csm;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Packing;
using CsmAgent.Tensors.Sampling;
using CsmAgent.TestSupport;

namespace CsmAgent.Engines.Tests.Speaking;

/// <summary>A clause that is led away from what would be said without its text, and without what was said before.</summary>
public sealed class CsmGuidanceTests : IDisposable
{
    private const float Scale = 3;
    private const float VoiceScale = 2;
    private static readonly ITextTokenizer Tokenizer = new ByteTokenizer();
    private readonly PackedCsmWeights _weights;
    private readonly PackedCsmModel _model;

    public CsmGuidanceTests()
    {
        using var checkpoint = CsmCheckpoint.Open(Fixtures.Path("csm-tiny", "model.safetensors"), CsmConfig.Open(Fixtures.Path("csm-tiny", "config.json")));
        _weights = PackedCsmWeights.Pack(new CheckpointParameters(checkpoint), CsmPacking.For(WeightFormat.Float32));
        _model = new PackedCsmModel(_weights, 1);
    }

    public void Dispose()
    {
        _model.Dispose();
        _weights.Dispose();
    }

    [Fact]
    public void One_guide_has_heard_all_and_not_read_this_text_the_other_has_read_it_and_heard_nothing_before()
    {
        using var context = new CsmContext(_model.OpenSession(), Tokenizer);
        var before = Heard(speaker: 0);
        context.Append(before);
        context.Begin(new ContextSegment(0, "Hello", 1), 10, Scale, VoiceScale);
        using var told = _model.OpenSession();
        told.Append(new CsmRows(_model.Config).AddSegment(Tokenizer.EncodeSegment(0, before.Text), before.Frames).Cells);
        using var untold = told.Fork();
        using var alone = _model.OpenSession();
        told.Append(new CsmRows(_model.Config).AddText(Tokenizer.EncodeSegment(0, "Hello")).Cells);
        alone.Append(new CsmRows(_model.Config).AddText(Tokenizer.EncodeSegment(0, "Hello")).Cells);
        untold.Append(new CsmRows(_model.Config).AddText(Tokenizer.EncodeSegment(0, "")).Cells);

        for (var frame = 0; frame < 5; frame++)
        {
            var (codes, expected) = (new int[_model.Config.CodebookCount], new int[_model.Config.CodebookCount]);
            context.Generate(Greedy(), codes);
            told.GenerateFrame(Greedy(), expected, [new(untold, Scale), new(alone, VoiceScale)]);
            Assert.Equal(expected, codes);
            context.AddFrame(codes);
            var row = new CsmRows(_model.Config).AddFrame(codes).Cells.ToArray();
            told.Append(row);
            untold.Append(row);
            alone.Append(row);
        }
    }

    [Fact]
    public void Who_has_not_spoken_yet_is_not_led_towards_the_voices_of_others()
    {
        using var led = new CsmContext(_model.OpenSession(), Tokenizer);
        using var plain = new CsmContext(_model.OpenSession(), Tokenizer);
        foreach (var (context, scale) in new[] { (led, VoiceScale), (plain, 1f) })
        {
            context.Append(Heard(speaker: 1));
            context.Begin(new ContextSegment(0, "Hello", 1), 10, 1, scale);
        }

        Assert.Equal(Frame(plain), Frame(led));
        foreach (var (context, scale) in new[] { (led, VoiceScale), (plain, 1f) })
        {
            context.AddFrame(Heard().Frames[0]);
            context.Begin(new ContextSegment(0, "you", 1), 10, 1, scale);
        }

        Assert.NotEqual(Frame(plain), Frame(led));
    }

    [Fact]
    public void The_next_segment_goes_on_as_if_there_had_been_no_guidance()
    {
        using var guided = new CsmContext(_model.OpenSession(), Tokenizer);
        using var plain = new CsmContext(_model.OpenSession(), Tokenizer);
        foreach (var (context, scale) in new[] { (guided, Scale), (plain, 1f) })
        {
            context.Begin(new ContextSegment(0, "Hello", 1), 10, scale, scale);
            context.AddFrame(Heard().Frames[0]);
            context.Begin(new ContextSegment(0, "you", 1), 10);
        }

        Assert.Equal(plain.Position, guided.Position);
        Assert.Equal(Frame(plain), Frame(guided));
    }

    private int[] Frame(CsmContext context)
    {
        var codes = new int[_model.Config.CodebookCount];
        context.Generate(Greedy(), codes);
        return codes;
    }

    private static SeededSampler Greedy() => new(SamplingSettings.Greedy, 1);

    private ContextSegment Heard(int speaker = 1)
    {
        var segment = new ContextSegment(speaker, "Hi there.", null);
        segment.Frames.AddRange(Enumerable.Range(1, 6).Select(frame => Enumerable.Range(0, _model.Config.CodebookCount).Select(codebook => (frame * 7) + codebook).ToArray()));
        return segment;
    }
}
