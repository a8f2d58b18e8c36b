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
}
