using System.Text.Json;

namespace CsmAgent.Models.Mimi;

/// <summary>The shape of one Mimi codec, as <c>config.json</c> (transformers' <c>MimiConfig</c>) states it.</summary>
/// <remarks>The rates are fixed by the architecture: 24 kHz mono, one column of codes per 1920 samples.</remarks>
public sealed record MimiConfig
{
    /// <summary>Samples per second of the waveform.</summary>
    public const int SampleRateHz = 24_000;

    /// <summary>Samples per column of codes: 80 ms.</summary>
    public const int FrameSamples = 1_920;

    /// <summary>Positions of the transformers per frame: they run at 25 Hz.</summary>
    public const int PositionsPerFrame = 2;

    /// <summary>The released codec (kyutai/mimi): 96 M values, 32 codebooks of 2048.</summary>
    public static MimiConfig Released { get; } = new();

    /// <summary>Channels of the latent between the convolutions and the quantiser.</summary>
    public int HiddenSize { get; init; } = 512;

    /// <summary>Channels of the convolutions at the sample rate; each resampling doubles or halves them.</summary>
    public int Filters { get; init; } = 64;

    /// <summary>Residual units before each resampling convolution.</summary>
    public int ResidualLayers { get; init; } = 1;

    /// <summary>Resampling factors in the decoder's order; their product is 960.</summary>
    public IReadOnlyList<int> UpsamplingRatios { get; init; } = [8, 6, 5, 4];

    /// <summary>Kernel of the first convolution on either side.</summary>
    public int KernelSize { get; init; } = 7;

    /// <summary>Kernel of the last convolution on either side.</summary>
    public int LastKernelSize { get; init; } = 3;

    /// <summary>Kernel of a residual unit's first convolution.</summary>
    public int ResidualKernelSize { get; init; } = 3;

    /// <summary>Residual unit n of a stage has this dilation to the power of n.</summary>
    public int DilationGrowthRate { get; init; } = 2;

    /// <summary>A residual unit's inner width is its channels divided by this.</summary>
    public int Compress { get; init; } = 2;

    /// <summary>Entries of each codebook.</summary>
    public int CodebookSize { get; init; } = 2_048;

    /// <summary>Width of a codebook vector.</summary>
    public int CodebookDimension { get; init; } = 256;

    /// <summary>Codebooks in all; the first is semantic, the others acoustic.</summary>
    public int Codebooks { get; init; } = 32;

    /// <summary>Groups of the transposed convolution from 12.5 to 25 Hz.</summary>
    public int UpsampleGroups { get; init; } = 512;

    /// <summary>Layers of each of the two transformers.</summary>
    public int TransformerLayers { get; init; } = 8;

    /// <summary>Attention heads of each transformer layer.</summary>
    public int Heads { get; init; } = 8;

    /// <summary>Width of one attention head; even.</summary>
    public int HeadDimension { get; init; } = 64;

    /// <summary>Inner width of the transformers' feed-forward parts.</summary>
    public int FeedForwardSize { get; init; } = 2_048;

    /// <summary>A position attends to itself and to this many minus one before it (at 25 Hz).</summary>
    public int AttentionWindow { get; init; } = 250;

    /// <summary>Base of the rotary position angles.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>Epsilon of the layer norms.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Reads and checks a <c>config.json</c>.</summary>
    /// <param name="path">The file, or the folder that holds it.</param>
    /// <exception cref="InvalidDataException">A field is missing, malformed or describes something that is not Mimi;
    /// the message names file, field, value and what is expected.</exception>
    public static MimiConfig Load(string path)
    {
        var file = Directory.Exists(path) ? Path.Combine(path, "config.json") : path;
        return new MimiConfigReader(file, File.ReadAllText(file)).Read();
    }

    /// <summary>Reads and checks a configuration that is part of another file.</summary>
    /// <param name="file">Named in faults.</param>
    /// <param name="json">The JSON object.</param>
    /// <exception cref="InvalidDataException">A field is missing, malformed or describes something that is not Mimi.</exception>
    public static MimiConfig Parse(string file, string json) => new MimiConfigReader(file, json).Read();

    /// <summary>Writes the fields under transformers' names, so that <see cref="Load"/> and transformers read them.</summary>
    /// <param name="file">The file to write.</param>
    public void Save(string file)
    {
        var fields = new SortedDictionary<string, object>(StringComparer.Ordinal)
        {
            ["architectures"] = new[] { "MimiModel" },
            ["attention_bias"] = false,
            ["audio_channels"] = 1,
            ["codebook_dim"] = CodebookDimension,
            ["codebook_size"] = CodebookSize,
            ["compress"] = Compress,
            ["dilation_growth_rate"] = DilationGrowthRate,
            ["frame_rate"] = (double)SampleRateHz / FrameSamples,
            ["head_dim"] = HeadDimension,
            ["hidden_act"] = "gelu",
            ["hidden_size"] = HiddenSize,
            ["intermediate_size"] = FeedForwardSize,
            ["kernel_size"] = KernelSize,
            ["last_kernel_size"] = LastKernelSize,
            ["model_type"] = "mimi",
            ["norm_eps"] = NormEpsilon,
            ["num_attention_heads"] = Heads,
            ["num_filters"] = Filters,
            ["num_hidden_layers"] = TransformerLayers,
            ["num_key_value_heads"] = Heads,
            ["num_quantizers"] = Codebooks,
            ["num_residual_layers"] = ResidualLayers,
            ["num_semantic_quantizers"] = 1,
            ["pad_mode"] = "constant",
            ["residual_kernel_size"] = ResidualKernelSize,
            ["rope_theta"] = RopeTheta,
            ["sampling_rate"] = SampleRateHz,
            ["sliding_window"] = AttentionWindow,
            ["trim_right_ratio"] = 1.0,
            ["upsample_groups"] = UpsampleGroups,
            ["upsampling_ratios"] = UpsamplingRatios,
            ["use_causal_conv"] = true,
            ["use_conv_shortcut"] = false,
            ["vector_quantization_hidden_dimension"] = CodebookDimension,
        };
        File.WriteAllText(file, JsonSerializer.Serialize(fields, WriteOptions) + "\n");
    }

    private static readonly JsonSerializerOptions WriteOptions = new() { WriteIndented = true };
}
