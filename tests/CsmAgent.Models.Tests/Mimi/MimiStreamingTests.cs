using CsmAgent.Models.Mimi;
using CsmAgent.Models.Mimi.Streaming;
using CsmAgent.TestSupport;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using TorchSharp;

namespace CsmAgent.Models.Tests.Mimi;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class MimiStreamingTests : IDisposable
{
    private const int Frame = MimiConfig.FrameSamples;

    private readonly MimiGoldens _golden = new();
    private readonly float[] _input;
    private readonly int[] _codes;
    private readonly float[] _audio;

    public MimiStreamingTests()
    {
        using var scope = torch.NewDisposeScope();
        _input = _golden["input"].data<float>().ToArray();
        _codes = _golden.Codes("codes")[0].t().contiguous().data<long>().Select(code => (int)code).ToArray();
        _audio = _golden["audio"].data<float>().ToArray();
    }

    private MimiWeights Weights => _golden.Weights;

    public void Dispose() => _golden.Dispose();

    [Property(MaxTest = 12)]
    public Property Encoding_in_any_chunks_equals_the_offline_codec() => Prop.ForAll(Chunkings, chunks =>
    {
        using var encoder = new TorchMimiEncoder(Weights);

        Assert.Equal(_codes[..(chunks.Sum() * 6)], Encode(encoder, _input, chunks));
    });

    [Property(MaxTest = 12)]
    public Property Decoding_in_any_chunks_equals_the_offline_codec() => Prop.ForAll(Chunkings, chunks =>
    {
        using var decoder = new TorchMimiDecoder(Weights);

        AssertClose(_audio.AsSpan(0, chunks.Sum() * Frame), Decode(decoder, _codes, chunks), 1e-5);
    });

    // A card decodes in bfloat16; what leads to codes stays in single precision.
    [Fact]
    public void A_decoder_in_half_precision_stays_near_and_an_encoder_beside_it_gives_the_same_codes()
    {
        using var halved = MimiCheckpoint.Load(Fixtures.Path("mimi-tiny"), torch.CPU, torch.bfloat16);
        using var decoder = new TorchMimiDecoder(halved);
        using var encoder = new TorchMimiEncoder(halved);
        var ones = Enumerable.Repeat(1, 70).ToArray();

        var audio = Decode(decoder, _codes, ones);

        double signal = 0, noise = 0;
        for (var i = 0; i < audio.Length; i++)
        {
            signal += _audio[i] * _audio[i];
            noise += Math.Pow(audio[i] - _audio[i], 2);
        }

        Assert.InRange(10 * Math.Log10(signal / noise), 30, 60);
        Assert.Equal(_codes, Encode(encoder, _input, ones));
    }

    [Fact]
    public void Streaming_equals_offline_far_beyond_the_window_and_the_cache()
    {
        using var scope = torch.NewDisposeScope();
        using var guard = torch.no_grad();
        float[] audio = [.. Enumerable.Range(0, 4).SelectMany(_ => _input)];
        using var encoder = new TorchMimiEncoder(Weights);
        using var decoder = new TorchMimiDecoder(Weights);
        var offline = MimiCodec.Encode(torch.tensor(audio, 1, 1, audio.Length), Weights);
        var ones = Enumerable.Repeat(1, audio.Length / Frame).ToArray();

        var codes = Encode(encoder, audio, ones);

        Assert.Equal(offline[0].t().contiguous().data<long>().Select(code => (int)code), codes);
        AssertClose(MimiCodec.Decode(offline, Weights).data<float>().ToArray(), Decode(decoder, codes, ones), 1e-5);
    }

    [Fact]
    public void Two_streams_in_turns_never_touch()
    {
        using var encoder = new TorchMimiEncoder(Weights);
        using var other = new TorchMimiEncoder(Weights);
        using var decoder = new TorchMimiDecoder(Weights);
        using var otherDecoder = new TorchMimiDecoder(Weights);
        var (codes, audio) = (new List<int>(), new List<float>());

        for (var frame = 0; frame < 30; frame++)
        {
            var here = Encode(encoder, _input.AsSpan(frame * Frame, Frame).ToArray(), [1]);
            codes.AddRange(here);
            audio.AddRange(Decode(decoder, here, [1]));
            var there = Encode(other, _input.AsSpan((frame + 31) * Frame, Frame).ToArray(), [1]);
            Decode(otherDecoder, there, [1]);
        }

        Assert.Equal(_codes[..(30 * 6)], codes);
        AssertClose(_audio.AsSpan(0, 30 * Frame), [.. audio], 1e-5);
    }

    [Fact]
    public void Reset_in_the_middle_equals_a_fresh_stream()
    {
        using var encoder = new TorchMimiEncoder(Weights);
        using var decoder = new TorchMimiDecoder(Weights);
        Encode(encoder, _input[^(33 * Frame)..], [1, 30, 2]);
        Decode(decoder, _codes[^(33 * 6)..], [1, 30, 2]);

        encoder.Reset();
        decoder.Reset();

        Assert.Equal(_codes[..(12 * 6)], Encode(encoder, _input, [5, 7]));
        AssertClose(_audio.AsSpan(0, 12 * Frame), Decode(decoder, _codes, [5, 7]), 1e-5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Fewer_codebooks_are_the_first_of_all(int codebooks)
    {
        using var encoder = new TorchMimiEncoder(Weights, codebooks);
        using var decoder = new TorchMimiDecoder(Weights, codebooks);

        var codes = Encode(encoder, _input, [15]);

        Assert.Equal(_codes[..(15 * 6)].Where((_, i) => i % 6 < codebooks), codes);
        using var expected = _golden[$"audio_first{codebooks}"];
        AssertClose(expected.data<float>().ToArray(), Decode(decoder, codes, [15]), 1e-5);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Audio_that_is_no_number_is_refused_by_place_and_the_stream_goes_on(float bad)
    {
        using var encoder = new TorchMimiEncoder(Weights);
        Encode(encoder, _input, [10]);
        var broken = _input[(10 * Frame)..(12 * Frame)];
        broken[2000] = bad;

        var error = Assert.Throws<ArgumentException>(() => encoder.Encode(broken, new int[12]));

        Assert.Contains("Sample 2000", error.Message, StringComparison.Ordinal);
        Assert.Equal(_codes[(10 * 6)..(20 * 6)], Encode(encoder, _input[(10 * Frame)..], [10]));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(-1)]
    public void A_code_outside_its_codebook_is_named_and_the_stream_goes_on(int bad)
    {
        using var decoder = new TorchMimiDecoder(Weights);
        Decode(decoder, _codes, [10]);
        var broken = _codes[..12];
        broken[8] = bad;

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => decoder.Decode(broken, new float[2 * Frame]));

        Assert.Contains("Frame 1, codebook 2", error.Message, StringComparison.Ordinal);
        AssertClose(_audio.AsSpan(10 * Frame, 5 * Frame), Decode(decoder, _codes[60..], [5]), 1e-5);
        MimiFrames.Clamp(broken, 64);
        Decode(decoder, broken, [2]);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1919, 6)]
    [InlineData(1920, 5)]
    public void Lengths_that_do_not_fit_are_refused(int samples, int codes)
    {
        using var encoder = new TorchMimiEncoder(Weights);
        using var decoder = new TorchMimiDecoder(Weights);

        Assert.Throws<ArgumentException>(() => encoder.Encode(new float[samples], new int[codes]));
        Assert.Throws<ArgumentException>(() => decoder.Decode(new int[codes], new float[samples]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TorchMimiEncoder(Weights, 7));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TorchMimiDecoder(Weights, 0));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void A_thousand_frames_leave_no_tensor_behind()
    {
        using var encoder = new TorchMimiEncoder(Weights);
        using var decoder = new TorchMimiDecoder(Weights);
        var (codes, audio) = (new int[6], new float[Frame]);
        for (var frame = 0; frame < 1000; frame++)
        {
            var before = torch.Tensor.TotalCount;

            encoder.Encode(_input.AsSpan(frame % 70 * Frame, Frame), codes);
            decoder.Decode(codes, audio);

            // The count may fall when the finaliser frees what another test left.
            Assert.True(torch.Tensor.TotalCount <= before, $"Frame {frame} left {torch.Tensor.TotalCount - before} tensors.");
        }
    }

    private static Arbitrary<int[]> Chunkings => Gen.Choose(1, 30).ArrayOf()
        .Select(chunks => chunks.Aggregate(new List<int>(), (kept, chunk) =>
        {
            if (kept.Sum() + chunk <= 70)
            {
                kept.Add(chunk);
            }

            return kept;
        }).ToArray()).Where(chunks => chunks.Length > 0).ToArbitrary();

    private static int[] Encode(TorchMimiEncoder encoder, float[] audio, int[] chunks)
    {
        var codes = new int[chunks.Sum() * encoder.CodebookCount];
        var frame = 0;
        foreach (var chunk in chunks)
        {
            encoder.Encode(audio.AsSpan(frame * Frame, chunk * Frame), codes.AsSpan(frame * encoder.CodebookCount, chunk * encoder.CodebookCount));
            frame += chunk;
        }

        return codes;
    }

    private static float[] Decode(TorchMimiDecoder decoder, int[] codes, int[] chunks)
    {
        var audio = new float[chunks.Sum() * Frame];
        var frame = 0;
        foreach (var chunk in chunks)
        {
            decoder.Decode(codes.AsSpan(frame * decoder.CodebookCount, chunk * decoder.CodebookCount), audio.AsSpan(frame * Frame, chunk * Frame));
            frame += chunk;
        }

        return audio;
    }

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        var largest = 0f;
        for (var i = 0; i < found.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(expected[i] - found[i]));
        }

        Assert.True(largest <= tolerance, $"largest difference {largest:g3} is above {tolerance:g3}");
    }
}
