using CsmAgent.Models.Csm;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Tensors.Packing;
using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Models.Tests.Csm.Packed;

public sealed class PackedSessionTests : IDisposable
{
    private readonly PackedCsmWeights _weights = TinyCsm.Pack(WeightFormat.Int8);
    private readonly PackedCsmModel _model;

    public PackedSessionTests() => _model = new PackedCsmModel(_weights, 2);

    public void Dispose()
    {
        _model.Dispose();
        _weights.Dispose();
    }

    [Theory]
    [InlineData(WeightFormat.Int4)]
    [InlineData(WeightFormat.Int8)]
    public void Threads_and_chunks_change_no_bit(WeightFormat format)
    {
        using var weights = TinyCsm.Pack(format);
        var results = new List<(int[] Codes, float[] Hidden)>();
        foreach (var threads in new[] { 1, 2, 3 })
        {
            using var model = new PackedCsmModel(weights, threads);
            foreach (var piece in new[] { 1, 5, 53 })
            {
                using var session = model.OpenSession();
                var rows = TinyCsm.Rows("b");
                for (var first = 0; first < rows.Length; first += piece * 7)
                {
                    session.Append(rows.AsSpan(first, Math.Min(piece * 7, rows.Length - first)));
                }

                results.Add((Generate(session, 5), session.LastHidden.ToArray()));
            }
        }

        Assert.All(results, result => Assert.Equal(results[0].Codes, result.Codes));
        Assert.All(results, result => Assert.Equal(results[0].Hidden, result.Hidden));
    }

    [Fact]
    public void Rolling_back_and_going_on_equals_never_having_been_there()
    {
        using var straight = Prompted("b");
        using var wandering = Prompted("b");
        var expected = Generate(straight, 4);

        Generate(wandering, 40);
        wandering.RollBackTo(wandering.Position - 41);
        wandering.Append(TinyCsm.Rows("b").AsSpan()[^7..]);

        Assert.Equal(expected, Generate(wandering, 4));
        Assert.Equal(straight.Position, wandering.Position);
    }

    [Fact]
    public void After_going_back_a_row_must_be_appended_before_a_frame()
    {
        using var session = Prompted("a");
        session.RollBackTo(3);

        Assert.Throws<InvalidOperationException>(() => session.GenerateFrame(new TinyCsm.Listener(), new int[6]));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.RollBackTo(4));
    }

    [Fact]
    public void A_fork_and_its_origin_go_their_own_ways()
    {
        using var alone = Prompted("b");
        var expected = Generate(alone, 50);
        using var origin = Prompted("b");
        using var fork = origin.Fork();

        // The two write different rows into what was a shared page, in turns.
        fork.Append(TinyCsm.FrameRow([1, 2, 3, 4, 5, 6]));
        var own = Generate(origin, 50);
        Generate(fork, 20);
        using var second = fork.Fork();
        var fromFork = Generate(fork, 10);

        Assert.Equal(expected, own);
        Assert.Equal(fromFork, Generate(second, 10));
        Assert.NotEqual(expected[..(10 * 6)], fromFork);
    }

    [Fact]
    public void A_fork_outlives_its_origin()
    {
        using var alone = Prompted("a");
        var expected = Generate(alone, 8);
        var origin = Prompted("a");
        using var fork = origin.Fork();
        origin.Dispose();

        Assert.Equal(expected, Generate(fork, 8));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_frame_allocates_nothing(int guides)
    {
        using var session = Prompted("b");
        using var untold = Prompted("a");
        using var alone = Prompted("e");
        var codes = new int[6];
        var row = new int[7];
        var sampler = new SeededSampler(SamplingSettings.Default, 7);
        var guidance = new CsmGuidance[] { new(untold, 2), new(alone, 2) }[..guides];
        void Frame()
        {
            session.GenerateFrame(sampler, codes, guidance);
            codes.CopyTo(row, 0);
            row[6] = CsmRows.Off;
            session.Append(row);
            untold.Append(row);
            alone.Append(row);
        }

        Frame();
        Frame();

        // What a frame, or the page of keys and values that every 32 rows begin, allocates is in both windows; what the runtime
        // allocates once for a thread that others keep from its core is in one.
        Assert.Contains(0, new[] { Allocated(), Allocated() });

        long Allocated()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 65; i++)
            {
                Frame();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_guided_frame_is_led_away_from_what_the_other_session_says_codebook_by_codebook(int threads)
    {
        using var weights = TinyCsm.Pack(WeightFormat.Int8);
        using var model = new PackedCsmModel(weights, threads);
        using var told = model.OpenSession();
        using var untold = model.OpenSession();
        using var alone = model.OpenSession();
        told.Append(TinyCsm.Rows("a"));
        untold.Append(TinyCsm.Rows("b"));
        alone.Append(TinyCsm.Rows("e"));
        var codes = new int[6];
        var guided = new TinyCsm.Listener();

        told.GenerateFrame(guided, codes, [new(untold, 2.5f), new(alone, 1.5f)]);

        var (with, withoutText, withoutContext) = (new TinyCsm.Listener(codes), new TinyCsm.Listener(codes), new TinyCsm.Listener(codes));
        told.GenerateFrame(with, new int[6]);
        untold.GenerateFrame(withoutText, new int[6]);
        alone.GenerateFrame(withoutContext, new int[6]);
        for (var codebook = 0; codebook < 6; codebook++)
        {
            float[] expected = [.. with.Logits[codebook]];
            ClassifierFreeGuidance.Lead(expected, with.Logits[codebook], withoutText.Logits[codebook], 2.5f);
            ClassifierFreeGuidance.Lead(expected, with.Logits[codebook], withoutContext.Logits[codebook], 1.5f);
            ClassifierFreeGuidance.KeepPlausible(expected, with.Logits[codebook]);
            Assert.Equal(expected, guided.Logits[codebook]);
        }

        var unguided = new TinyCsm.Listener();
        told.GenerateFrame(unguided, new int[6]);
        Assert.NotEqual(guided.Logits[0], unguided.Logits[0]);
    }

    [Fact]
    public void Guidance_of_another_model_of_an_empty_session_of_itself_or_by_too_many_is_refused()
    {
        using var weights = TinyCsm.Pack(WeightFormat.Float32);
        using var otherModel = new PackedCsmModel(weights, 1);
        using var foreign = otherModel.OpenSession();
        foreign.Append(TinyCsm.Rows("a"));
        using var empty = _model.OpenSession();
        using var session = Prompted("a");
        using var other = Prompted("b");
        using var third = Prompted("e");

        Assert.Throws<ArgumentException>(() => session.GenerateFrame(new TinyCsm.Listener(), new int[6], [new(foreign, 2)]));
        Assert.Throws<ArgumentException>(() => session.GenerateFrame(new TinyCsm.Listener(), new int[6], [new(session, 2)]));
        Assert.Throws<InvalidOperationException>(() => session.GenerateFrame(new TinyCsm.Listener(), new int[6], [new(empty, 2)]));
        Assert.Throws<ArgumentException>(() => session.GenerateFrame(new TinyCsm.Listener(), new int[6], [new(other, 2), new(empty, 2), new(third, 2)]));
        Assert.Throws<ArgumentException>(() => session.GenerateFrame(new TinyCsm.Listener(), new int[6], [new(other, 2), new(other, 2)]));
    }

    [Fact]
    public void A_full_context_is_refused_and_the_session_goes_on()
    {
        using var session = _model.OpenSession(40);
        session.Append(TinyCsm.Rows("a"));

        var e = Assert.Throws<ContextFullException>(() => session.Append(TinyCsm.Rows("e").AsSpan(0, 7).ToArray().Concat(TinyCsm.Rows("a")).ToArray()));

        Assert.Equal((30, 31, 40), (e.Used, e.Wanted, e.Limit));
        Assert.Equal(30, session.Position);
        Generate(session, 3);
    }

    [Theory]
    [InlineData(0, 67)]
    [InlineData(5, -2)]
    [InlineData(6, 300)]
    public void A_code_outside_its_vocabulary_is_refused_before_anything_changes(int column, int code)
    {
        using var session = Prompted("a");
        int[] row = [1, 1, 1, 1, 1, 1, CsmRows.Off];
        row[column] = code;

        Assert.ThrowsAny<ArgumentException>(() => session.Append(row));

        Assert.Equal(30, session.Position);
    }

    [Fact]
    public void A_sampler_that_fails_leaves_the_session_usable()
    {
        using var session = Prompted("b");
        using var other = Prompted("b");

        Assert.Throws<InvalidDataException>(() => session.GenerateFrame(new Failing(), new int[6]));

        Assert.Equal(Generate(other, 3), Generate(session, 3));
    }

    [Fact]
    public void A_weight_that_is_not_finite_is_named()
    {
        var e = Assert.Throws<ArgumentException>(() => PackedCsmWeights.Pack(new Broken(), CsmPacking.For(WeightFormat.Int8)));

        Assert.Contains("backbone_model.layers.1.mlp.down_proj", e.Message, StringComparison.Ordinal);
        Assert.Contains("NaN", e.Message, StringComparison.Ordinal);
    }

    private PackedCsmSession Prompted(string prompt)
    {
        var session = _model.OpenSession();
        session.Append(TinyCsm.Rows(prompt));
        return session;
    }

    private static int[] Generate(ICsmSession session, int frames)
    {
        var all = new List<int>();
        var codes = new int[6];
        for (var i = 0; i < frames; i++)
        {
            session.GenerateFrame(new TinyCsm.Listener(), codes);
            all.AddRange(codes);
            session.Append(TinyCsm.FrameRow(codes));
        }

        return [.. all];
    }

    private sealed class Failing : ICodeSampler
    {
        private int _calls;

        public int Sample(ReadOnlySpan<float> logits) => ++_calls == 3 ? throw new InvalidDataException("on purpose") : 1;
    }

    private sealed class Broken : ICsmParameters
    {
        private readonly RandomCsmParameters _random = new(TinyCsm.Config, 1);

        public CsmConfig Config => TinyCsm.Config;

        public void Read(string name, long first, Span<float> destination)
        {
            _random.Read(name, first, destination);
            if (name.Contains("layers.1.mlp.down_proj", StringComparison.Ordinal))
            {
                destination[77] = float.NaN;
            }
        }
    }
}
