using CsmAgent.Models.Csm;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Tensors.Packing;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Tensors.Sampling;
using CsmAgent.TestSupport;

namespace CsmAgent.Models.Tests.Csm.Packed;

/// <summary>csm-tiny, packed, with its goldens.</summary>
internal static class TinyCsm
{
    private static readonly Lazy<CsmConfig> LazyConfig = new(() => CsmConfig.Open(Fixtures.Path("csm-tiny", "config.json")));

    public static CsmConfig Config => LazyConfig.Value;

    public static PackedCsmWeights Pack(CsmPacking packing, string file = "model.safetensors")
    {
        using var checkpoint = CsmCheckpoint.Open(Fixtures.Path("csm-tiny", file), Config);
        return PackedCsmWeights.Pack(new CheckpointParameters(checkpoint), packing);
    }

    public static PackedCsmWeights Pack(WeightFormat format) => Pack(CsmPacking.For(format));

    public static float[] Floats(string name)
    {
        using var golden = SafetensorsFile.Open(Fixtures.Path("csm-tiny", "golden.safetensors"));
        return golden.Span<float>(name).ToArray();
    }

    public static int[] Integers(string name)
    {
        using var golden = SafetensorsFile.Open(Fixtures.Path("csm-tiny", "golden.safetensors"));
        return golden.Span<int>(name).ToArray();
    }

    /// <summary>A golden prompt as rows: columns that do not count are <see cref="CsmRows.Off"/>.</summary>
    public static int[] Rows(string prompt)
    {
        using var golden = SafetensorsFile.Open(Fixtures.Path("csm-tiny", "golden.safetensors"));
        var rows = golden.Span<int>($"{prompt}.tokens").ToArray();
        var mask = golden.Span<byte>($"{prompt}.mask");
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = mask[i] == 0 ? CsmRows.Off : rows[i];
        }

        return rows;
    }

    public static int[] FrameRow(ReadOnlySpan<int> codes) => [.. codes, CsmRows.Off];

    /// <summary>Keeps the logits it saw and answers with given codes, or with the largest logit when none are given.</summary>
    public sealed class Listener(int[]? codes = null) : ICodeSampler
    {
        public List<float[]> Logits { get; } = [];

        public int Sample(ReadOnlySpan<float> logits)
        {
            Logits.Add(logits.ToArray());
            return codes is null ? TopKSampling.ArgMax(logits) : codes[Logits.Count - 1];
        }
    }

    /// <summary>Draws with the noise the goldens were drawn with.</summary>
    public sealed class GoldenNoise(float[] noise) : ICodeSampler
    {
        private int _draw;

        public int Sample(ReadOnlySpan<float> logits) =>
            TopKSampling.Sample(logits, SamplingSettings.Default, noise.AsSpan(_draw++ * logits.Length, logits.Length));
    }

}
