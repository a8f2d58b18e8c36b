using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Native;
using CsmAgent.Training.Speech;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Training.Tests.Speech;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class SpeakerTagsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly SpeakerTags _tags = new(new ByteTokenizer());

    static SpeakerTagsTests() => TorchRuntime.EnsureLoaded();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void The_tag_is_the_one_id_that_differs_between_speakers() =>
        Assert.Equal([(2, '0'), (2, '1'), (2, '2'), (2, '3')], _tags.Ids.Select(id => (_tags.At, (char)id)));

    [Fact]
    public void Likeness_is_one_for_equal_tags_none_for_tags_at_right_angles_and_between_them_what_the_cosines_say()
    {
        var table = zeros(258, 8);
        table.slice(0, '0', '4', 1).fill_(3);
        Assert.Equal(1, _tags.Likeness(table).item<float>(), 1e-5);

        table.slice(0, '0', '4', 1).copy_(eye(4, 8) * 5);
        Assert.Equal(0, _tags.Likeness(table).item<float>(), 1e-5);

        // Two of the six pairs meet at 45 degrees.
        table[(int)'1', 0] = 5;
        table[(int)'2', 3] = 5;
        Assert.Equal(2 * 0.5 / 6, _tags.Likeness(table).item<float>(), 1e-5);
    }

    [Fact]
    public void Learning_drives_tags_apart_that_have_become_alike()
    {
        using var generator = new Generator(3);
        var common = randn([1, 16], generator: generator);
        var table = (common + (randn([258, 16], generator: generator) * 0.1)).requires_grad_(true);
        var before = _tags.Likeness(table).item<float>();
        for (var step = 0; step < 50; step++)
        {
            using var scope = NewDisposeScope();
            _tags.Likeness(table).backward();
            using var guard = no_grad();
            table.sub_(table.grad!.sign() * 0.05);
            table.grad!.zero_();
        }

        Assert.InRange(before, 0.9, 1);
        Assert.InRange(_tags.Likeness(table).item<float>(), 0, 0.1);
    }

    [Fact]
    public void The_guide_reads_each_frames_tag_from_the_row_before_it_after_one_layer()
    {
        var turns = full([1, 6, SpeechBatch.TurnColumns], CsmObjective.Ignored, int64);
        // Frames of tag 2 in rows 1 and 2, one of tag 0 in row 5.
        foreach (var (row, tag) in new[] { (1, 2L), (2, 2L), (5, 0L) })
        {
            turns[0, row, 0] = tag;
        }

        var table = zeros(258, 4);
        table.slice(0, '0', '4', 1).copy_(eye(4) * 7);
        var guide = new TagGuide(_tags, turns, table, layers: 6);
        using var generator = new Generator(4);
        var residual = randn([1, 6, 4], generator: generator);
        guide.Look(0, residual * 9);
        guide.Look(1, residual);
        guide.Look(2, residual * 9);

        double Logit(int row, int tag) => 10 * residual[0, row, tag].item<float>() / residual[0, row].norm().item<float>();
        double Missed(int row, int tag) => -Math.Log(Math.Exp(Logit(row, tag)) / Enumerable.Range(0, 4).Sum(other => Math.Exp(Logit(row, other))));
        Assert.Equal((Missed(0, 2) + Missed(1, 2) + Missed(4, 0)) / 3, guide.Loss.item<float>(), 1e-4);
    }
}
