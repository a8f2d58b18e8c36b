using CsmAgent.Models.Csm;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Models.Tests.Csm.Packed;
using CsmAgent.Tensors.Native;
using CsmAgent.Tensors.Packing;
using CsmAgent.Tensors.Sampling;
using CsmAgent.TestSupport;
using TorchSharp;

namespace CsmAgent.Models.Tests.Csm;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class TorchCsmSessionTests : IDisposable
{
    private readonly CsmConfig _config;
    private readonly TorchCsmModel _model;

    public TorchCsmSessionTests()
    {
        _config = CsmConfig.Open(Fixtures.Path("csm-tiny", "config.json"));
        using var checkpoint = CsmCheckpoint.Open(Fixtures.Path("csm-tiny", "model.safetensors"), _config);
        _model = TorchCsmModel.Load(new CheckpointParameters(checkpoint));
    }

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(300)]
    public void Any_chunking_of_the_prompt_gives_the_same_speech(int chunk)
    {
        var rows = Prompt(300);
        using var whole = _model.OpenSession();
        using var pieces = _model.OpenSession();

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
        using var alone = _model.OpenSession();
        using var first = _model.OpenSession();
        using var second = _model.OpenSession();
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
        using var straight = _model.OpenSession();
        using var rolled = _model.OpenSession();
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
        using var original = _model.OpenSession();
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
        using var session = _model.OpenSession();
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
        using var session = _model.OpenSession();
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
        using var session = _model.OpenSession();

        Assert.Throws<ArgumentException>(() => session.Append([]));
        Assert.Throws<ArgumentException>(() => session.Append(new int[6]));
        Assert.Throws<InvalidOperationException>(() => session.GenerateFrame(Greedy, new int[6]));
        session.Append(Prompt(1));
        Assert.Throws<ArgumentException>(() => session.GenerateFrame(Greedy, new int[5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.RollBackTo(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => _model.OpenSession(2049));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void A_thousand_frames_leave_no_tensor_behind()
    {
        using var session = _model.OpenSession();
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

        using (var session = _model.OpenSession())
        {
            session.Append(Prompt(12));
            using var fork = session.Fork();
            Speak(fork, 1);
        }

        Assert.True(torch.Tensor.TotalCount <= before);
    }

    // Bounds a little above what was measured; a token's logits are near 1. Half precision has three bits more than bfloat16.
    [Theory]
    [InlineData("float32", 1e-5, 1e-6, 1)]
    [InlineData("bfloat16", 0.12, 2e-3, 0.95)]
    [InlineData("float16", 0.01, 2e-4, 0.98)]
    public void Each_element_type_stays_near_full_precision(string type, double largestHidden, double largestMeanDivergence, double leastAgreement)
    {
        using var checkpoint = CsmCheckpoint.Open(Fixtures.Path("csm-tiny", "original.safetensors"), _config);
        using var narrow = TorchCsmModel.Load(new CheckpointParameters(checkpoint), torch.CPU, Enum.Parse<torch.ScalarType>(type, ignoreCase: true));
        List<double> divergence = [], agree = [];
        var hidden = 0.0;
        foreach (var prompt in new[] { "a", "b", "c", "e" })
        {
            using var exact = _model.OpenSession();
            using var session = narrow.OpenSession();
            exact.Append(TinyCsm.Rows(prompt));
            session.Append(TinyCsm.Rows(prompt));
            for (var frame = 0; frame < 12; frame++)
            {
                hidden = Math.Max(hidden, exact.LastHidden().Zip(session.LastHidden(), (a, b) => (double)Math.Abs(a - b)).Max());
                var (leader, codes) = (new TinyCsm.Listener(), new int[_config.CodebookCount]);
                exact.GenerateFrame(leader, codes);
                var follower = new TinyCsm.Listener(codes);
                session.GenerateFrame(follower, new int[codes.Length]);
                for (var codebook = 0; codebook < codes.Length; codebook++)
                {
                    divergence.Add(Divergence(leader.Logits[codebook], follower.Logits[codebook]));
                    agree.Add(TopKSampling.ArgMax(follower.Logits[codebook]) == codes[codebook] ? 1 : 0);
                }

                exact.Append(TinyCsm.FrameRow(codes));
                session.Append(TinyCsm.FrameRow(codes));
            }
        }

        Assert.True(
            hidden <= largestHidden && divergence.Average() <= largestMeanDivergence && agree.Average() >= leastAgreement,
            $"{type}: hidden {hidden:G3} (at most {largestHidden}), mean divergence {divergence.Average():G3} (at most {largestMeanDivergence}), top-1 agreement {agree.Average():P1} (at least {leastAgreement:P0})");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_is_done_to_it_it_says_what_the_packed_session_says(int seed)
    {
        using var weights = TinyCsm.Pack(WeightFormat.Float32);
        using var packed = new PackedCsmModel(weights, 1);
        var random = new Random(seed);
        List<(ICsmSession Torch, ICsmSession Packed)> pairs = [(_model.OpenSession(400), packed.OpenSession(400))];

        for (var step = 0; step < 60; step++)
        {
            var (torch, other) = pairs[random.Next(pairs.Count)];
            switch (random.Next(6))
            {
                case 0 when pairs.Count < 4:
                    pairs.Add((torch.Fork(), other.Fork()));
                    break;
                case 1:
                    var position = random.Next(torch.Position + 1);
                    torch.RollBackTo(position);
                    other.RollBackTo(position);
                    break;
                case 2 when pairs.Count > 1:
                    pairs.Remove((torch, other));
                    torch.Dispose();
                    other.Dispose();
                    break;
                default:
                    var rows = Prompt(random.Next(1, 60));
                    if (torch.Position + (rows.Length / _config.ColumnCount) > 400)
                    {
                        Assert.Equal(
                            Assert.Throws<ContextFullException>(() => other.Append(rows)).Message,
                            Assert.Throws<ContextFullException>(() => torch.Append(rows)).Message);
                        break;
                    }

                    torch.Append(rows);
                    other.Append(rows);
                    break;
            }

            foreach (var (one, two) in pairs)
            {
                Assert.Equal(two.Position, one.Position);
                Assert.Equal(Next(two), Next(one));
                var others = pairs.Where(pair => pair.Packed != two).TakeLast(2).ToArray();
                Assert.Equal(
                    Next(two, [.. others.Select(pair => new CsmGuidance(pair.Packed, 2))]), Next(one, [.. others.Select(pair => new CsmGuidance(pair.Torch, 2))]));
            }
        }

        pairs.ForEach(pair =>
        {
            pair.Torch.Dispose();
            pair.Packed.Dispose();
        });

        // The codes of the next frame, or why there is none.
        string Next(ICsmSession session, params CsmGuidance[] guidance)
        {
            var codes = new int[_config.CodebookCount];
            try
            {
                session.GenerateFrame(Greedy, codes, guidance);
                return string.Join(' ', codes);
            }
            catch (InvalidOperationException fault)
            {
                return fault.Message;
            }
        }
    }

    [Fact]
    public void A_failure_in_the_middle_of_a_long_append_undoes_all_of_it()
    {
        using var session = _model.OpenSession();
        using var other = _model.OpenSession();
        session.Append(Prompt(12));
        other.Append(Prompt(12));
        var passes = 0;
        session.BeforePass = () =>
        {
            if (++passes == 3)
            {
                throw new System.ComponentModel.Win32Exception(0, "CUDA out of memory. Tried to allocate 20.00 MiB.\nmore");
            }
        };

        var fault = Assert.Throws<DeviceException>(() => session.Append(Prompt(600)));

        Assert.Contains("'cpu' ran out of memory while reading 600 rows at position 12 of 2048: CUDA out of memory. Tried to allocate 20.00 MiB. Expected", fault.Message, StringComparison.Ordinal);
        Assert.Equal(12, session.Position);
        Assert.Equal(other.LastHidden(), session.LastHidden());
        Assert.Equal(Speak(other, 3), Speak(session, 3));
    }

    [Fact]
    public void A_device_without_room_for_a_session_is_named_and_the_session_before_stays_usable()
    {
        // Two tebibytes of keys for a thousand weights: no machine's allocator gives them.
        var decoder = _config.Backbone with { HeadCount = 1 << 18, KeyValueHeadCount = 1 << 18, HeadWidth = 2, Width = 2, FeedForwardWidth = 2, LayerCount = 1, MaxPositions = 1 << 20 };
        using var model = TorchCsmModel.Load(new RandomCsmParameters(_config with { Backbone = decoder }, 1));
        using var session = model.OpenSession(40);
        session.Append(Prompt(3));
        var before = Speak(session, 1);

        var fault = Assert.Throws<DeviceException>(() => model.OpenSession());

        Assert.Contains("The device 'cpu' ran out of memory while opening a session of 1048576 positions", fault.Message, StringComparison.Ordinal);
        session.RollBackTo(2);
        session.Append(Prompt(3).AsSpan(2 * _config.ColumnCount));
        Assert.Equal(before, Speak(session, 1));
    }

    [Theory]
    [InlineData("[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 8796093022208 bytes.", true)]
    [InlineData("MPS backend out of memory (MPS allocated: 8.87 GB, other allocations: 56.07 MB, max allowed: 9.07 GB).", true)]
    [InlineData("The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1", false)]
    public void Only_what_speaks_of_memory_is_a_lack_of_memory(string message, bool isLack)
    {
        Exception Thrown() => Record.Exception(() => Accelerator.Guard<int>(torch.CPU, () => "testing", () => throw new System.ComponentModel.Win32Exception(0, message)));

        Assert.Equal(isLack ? typeof(DeviceException) : typeof(System.ComponentModel.Win32Exception), Thrown().GetType());
    }

    [Theory]
    [InlineData("cuda", "0 CUDA devices")]
    [InlineData("mps", "no MPS")]
    public void A_device_that_is_not_there_is_named_with_what_was_found(string name, string found)
    {
        // On a machine that has it, it is found instead.
        if (Record.Exception(() => Accelerator.Find(name)) is { } fault)
        {
            Assert.Contains($"'{name}' was asked for; Torch finds {found}", Assert.IsType<DeviceException>(fault).Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.NotNull(Accelerator.Describe());
        }
    }

    private static double Divergence(float[] expected, float[] actual)
    {
        static double[] Softmax(float[] logits)
        {
            var e = logits.Select(logit => Math.Exp(logit - logits.Max())).ToArray();
            return [.. e.Select(value => value / e.Sum())];
        }

        return Softmax(expected).Zip(Softmax(actual), (a, b) => a * Math.Log(a / b)).Sum();
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
