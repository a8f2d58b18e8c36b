using CsmAgent.Models.Csm;
using CsmAgent.Tensors.Sampling;
using CsmAgent.TestSupport;
using TorchSharp;

namespace CsmAgent.Models.Tests.Csm;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class TorchCsmSessionTests : IDisposable
{
    private readonly CsmConfig _config;
    private readonly CsmWeights _weights;

    public TorchCsmSessionTests()
    {
        _config = CsmConfig.Open(Fixtures.Path("csm-tiny", "config.json"));
        using var checkpoint = CsmCheckpoint.Open(Fixtures.Path("csm-tiny", "model.safetensors"), _config);
        _weights = CsmWeights.Load(checkpoint);
    }

    public void Dispose() => _weights.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(300)]
    public void Any_chunking_of_the_prompt_gives_the_same_speech(int chunk)
    {
        var rows = Prompt(300);
        using var whole = new TorchCsmSession(_weights);
        using var pieces = new TorchCsmSession(_weights);

        whole.Append(rows);
        for (var first = 0; first < rows.Length; first += chunk * _config.ColumnCount)
        {
            pieces.Append(rows.AsSpan(first, Math.Min(chunk * _config.ColumnCount, rows.Length - first)));
        }

        Assert.Equal(Speak(whole, 5), Speak(pieces, 5));
    }

    [Fact]
    public void Two_sessions_in_turns_never_touch()
    {
        using var alone = new TorchCsmSession(_weights);
        using var first = new TorchCsmSession(_weights);
        using var second = new TorchCsmSession(_weights);
        alone.Append(Prompt(12));
        first.Append(Prompt(12));
        second.Append(Prompt(20));
        var expected = Speak(alone, 6);

        var found = new List<int>();
        for (var frame = 0; frame < 6; frame++)
        {
            found.AddRange(Speak(first, 1, frame));
            Speak(second, 1, frame);
        }

        Assert.Equal(expected, found);
    }

    [Fact]
    public void Rolled_back_frames_never_happened()
    {
        using var straight = new TorchCsmSession(_weights);
        using var rolled = new TorchCsmSession(_weights);
        var (start, rest) = (Prompt(12), Prompt(4));
        straight.Append(start);
        straight.Append(rest);
        rolled.Append(start);
        Speak(rolled, 5);

        rolled.RollBackTo(12);
        Assert.Throws<InvalidOperationException>(() => rolled.GenerateFrame(Greedy, new int[6]));
        rolled.Append(rest);

        Assert.Equal(straight.LastHidden(), rolled.LastHidden());
        Assert.Equal(Speak(straight, 5), Speak(rolled, 5));
    }

    [Fact]
    public void A_fork_goes_on_alike_and_then_its_own_way()
    {
        using var original = new TorchCsmSession(_weights);
        original.Append(Prompt(12));

        using var fork = original.Fork();

        Assert.Equal(12, fork.Position);
        Assert.Equal(Speak(original, 4), Speak(fork, 4));
        fork.RollBackTo(3);
        Assert.Equal(16, original.Position);
    }

    [Fact]
    public void Position_2049_is_refused_and_the_session_stays_usable()
    {
        using var session = new TorchCsmSession(_weights);
        session.Append(Prompt(2048));
        var before = session.LastHidden();

        var error = Assert.Throws<ContextFullException>(() => session.Append(Prompt(1)));

        Assert.Contains("2048 of 2048", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, session.LastHidden());
        session.RollBackTo(2047);
        session.Append(Prompt(1));
        Assert.Equal(2048, session.Position);
    }

    [Theory]
    [InlineData(67, 0, "codebook 0")]
    [InlineData(-2, 3, "codebook 3")]
    [InlineData(300, 6, "text column")]
    public void A_code_out_of_range_is_named_and_changes_nothing(int value, int column, string named)
    {
        using var session = new TorchCsmSession(_weights);
        session.Append(Prompt(2));
        var rows = Prompt(3);
        rows[_config.ColumnCount + column] = value;

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => session.Append(rows));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains("Row 1", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, session.Position);
    }

    [Fact]
    public void Half_rows_and_wrong_rooms_are_refused()
    {
        using var session = new TorchCsmSession(_weights);

        Assert.Throws<ArgumentException>(() => session.Append([]));
        Assert.Throws<ArgumentException>(() => session.Append(new int[6]));
        Assert.Throws<InvalidOperationException>(() => session.GenerateFrame(Greedy, new int[6]));
        session.Append(Prompt(1));
        Assert.Throws<ArgumentException>(() => session.GenerateFrame(Greedy, new int[5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.RollBackTo(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TorchCsmSession(_weights, 2049));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void A_thousand_frames_leave_no_tensor_behind()
    {
        using var session = new TorchCsmSession(_weights);
        session.Append(Prompt(12));
        var sampler = new SeededSampler(SamplingSettings.Default, 1);
        var codes = new int[_config.CodebookCount];
        for (var frame = 0; frame < 1000; frame++)
        {
            var before = torch.Tensor.TotalCount;

            session.GenerateFrame(sampler, codes);
            session.Append(new CsmRows(_config).AddFrame(codes).Cells);

            // The count may fall when the finaliser frees what another test left.
            Assert.True(torch.Tensor.TotalCount <= before, $"Frame {frame} left {torch.Tensor.TotalCount - before} tensors.");
        }
    }

    [Fact]
    public void Opening_and_closing_frees_everything()
    {
        var before = torch.Tensor.TotalCount;

        using (var session = new TorchCsmSession(_weights))
        {
            session.Append(Prompt(12));
            using var fork = session.Fork();
            Speak(fork, 1);
        }

        Assert.True(torch.Tensor.TotalCount <= before);
    }

    [Fact]
    public void Bfloat16_weights_speak_and_stay_near_single_precision()
    {
        using var checkpoint = CsmCheckpoint.Open(Fixtures.Path("csm-tiny", "original.safetensors"), _config);
        using var halved = CsmWeights.Load(checkpoint, torch.bfloat16, torch.CPU);
        using var single = new TorchCsmSession(_weights);
        using var session = new TorchCsmSession(halved);

        single.Append(Prompt(40));
        session.Append(Prompt(40));

        // bfloat16 keeps 8 bits: hidden vectors of size 1 move by hundredths.
        var difference = single.LastHidden().Zip(session.LastHidden(), (a, b) => Math.Abs(a - b)).Max();
        Assert.InRange(difference, 1e-6, 0.15);
        Assert.Equal(3 * _config.CodebookCount, Speak(session, 3).Length);
    }

    private static SeededSampler Greedy => new(SamplingSettings.Greedy, 0);

    private int[] Speak(ICsmSession session, int frames, int firstDraw = 0)
    {
        var sampler = new SeededSampler(new SamplingSettings(0.9f, 20), 5) { Draw = firstDraw * _config.CodebookCount };
        var codes = new int[_config.CodebookCount];
        var spoken = new List<int>();
        for (var frame = 0; frame < frames; frame++)
        {
            session.GenerateFrame(sampler, codes);
            spoken.AddRange(codes);
            session.Append(new CsmRows(_config).AddFrame(codes).Cells);
        }

        return [.. spoken];
    }

    private int[] Prompt(int rows)
    {
        var random = new Random(rows);
        var prompt = new CsmRows(_config);
        while (prompt.Count < rows)
        {
            if (prompt.Count % 3 == 0)
            {
                prompt.AddText([random.Next(_config.TextVocabularySize)]);
            }
            else
            {
                prompt.AddFrame([.. Enumerable.Range(0, _config.CodebookCount).Select(_ => random.Next(_config.AudioVocabularySize))]);
            }
        }

        return prompt.Cells.ToArray();
    }
}
