using System.Text.Json;

namespace CsmAgent.Models.Mimi;

/// <summary>Reads transformers' <c>MimiConfig</c> JSON and refuses whatever the code would silently get wrong.</summary>
internal sealed class MimiConfigReader(string file, string json)
{
    private readonly JsonElement _root = Parse(file, json);

    public MimiConfig Read()
    {
        try
        {
            return ReadFields();
        }
        catch (InvalidOperationException e)
        {
            // What JsonElement throws for an escape that is half of a surrogate pair.
            throw new InvalidDataException($"{file}: not valid JSON: {e.Message}", e);
        }
    }

    private MimiConfig ReadFields()
    {
        Expect("model_type", "mimi");
        ExpectNumber("sampling_rate", MimiConfig.SampleRateHz);
        ExpectNumber("audio_channels", 1);
        ExpectNumber("num_semantic_quantizers", 1);
        ExpectNumber("trim_right_ratio", 1);
        Expect("pad_mode", "constant");
        Expect("hidden_act", "gelu");
        ExpectFlag("use_causal_conv", true);
        ExpectFlag("use_conv_shortcut", false);
        ExpectFlag("attention_bias", false);

        var hidden = Integer("hidden_size");
        var heads = Integer("num_attention_heads");
        var config = new MimiConfig
        {
            HiddenSize = hidden,
            Filters = Integer("num_filters", most: 1 << 14),
            ResidualLayers = Integer("num_residual_layers", most: 16),
            UpsamplingRatios = Ratios(),
            KernelSize = Integer("kernel_size"),
            LastKernelSize = Integer("last_kernel_size"),
            ResidualKernelSize = Integer("residual_kernel_size"),
            DilationGrowthRate = Integer("dilation_growth_rate", most: 16),
            Compress = Integer("compress"),
            CodebookSize = Integer("codebook_size"),
            CodebookDimension = Integer("codebook_dim"),
            Codebooks = Integer("num_quantizers", MimiConfig.Released.Codebooks, most: 256),
            UpsampleGroups = Integer("upsample_groups", hidden),
            TransformerLayers = Integer("num_hidden_layers", most: 1024),
            Heads = heads,
            HeadDimension = Integer("head_dim", heads > 0 ? hidden / heads : 0),
            FeedForwardSize = Integer("intermediate_size"),
            AttentionWindow = Integer("sliding_window", MimiConfig.Released.AttentionWindow),
            RopeTheta = RopeTheta(),
            NormEpsilon = Number("norm_eps", 1e-5),
        };
        ExpectNumber("num_key_value_heads", heads);
        ExpectNumber("vector_quantization_hidden_dimension", config.CodebookDimension);
        Check(config.HeadDimension % 2 == 0, "head_dim", config.HeadDimension, "an even number (rotary positions turn pairs)");
        Check(config.Codebooks >= 2, "num_quantizers", config.Codebooks, "at least 2 (one semantic, the others acoustic)");
        Check(hidden % config.UpsampleGroups == 0, "upsample_groups", config.UpsampleGroups, $"a divisor of hidden_size {hidden}");
        return config;
    }

    private List<int> Ratios()
    {
        const string Field = "upsampling_ratios";
        var element = Find(Field) ?? throw Fault(Field, "nothing", "a list of resampling factors");
        if (element.ValueKind != JsonValueKind.Array
            || element.EnumerateArray().Any(e => e.ValueKind != JsonValueKind.Number || !e.TryGetInt32(out var v) || v < 1))
        {
            throw Fault(Field, element.GetRawText(), "a list of whole numbers from 1");
        }

        var ratios = element.EnumerateArray().Select(e => e.GetInt32()).ToList();
        Check(ratios.Count <= 16, Field, ratios.Count, "at most 16 factors");
        var product = ratios.Aggregate(1L, (a, b) => a * b);
        const int Hop = MimiConfig.FrameSamples / MimiConfig.PositionsPerFrame;
        Check(product == Hop, Field, element.GetRawText(), $"factors whose product is {Hop} (found {product})");
        return ratios;
    }

    // transformers 5 moved the base into rope_parameters.
    private double RopeTheta()
    {
        if (Find("rope_parameters") is { ValueKind: JsonValueKind.Object } rope && rope.TryGetProperty("rope_theta", out var theta))
        {
            Check(theta.ValueKind == JsonValueKind.Number, "rope_parameters.rope_theta", theta.GetRawText(), "a number");
            return theta.GetDouble();
        }

        return Number("rope_theta", MimiConfig.Released.RopeTheta);
    }

    private JsonElement? Find(string field) =>
        _root.TryGetProperty(field, out var element) && element.ValueKind != JsonValueKind.Null ? element : null;

    private int Integer(string field, int? missing = null, int most = 1 << 20)
    {
        if (Find(field) is not { } element)
        {
            return missing ?? throw Fault(field, "nothing", "a whole number from 1");
        }

        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var value) && value >= 1 && value <= most)
        {
            return value;
        }

        throw Fault(field, element.GetRawText(), $"a whole number from 1 to {most}");
    }

    private double Number(string field, double missing)
    {
        if (Find(field) is not { } element)
        {
            return missing;
        }

        return element.ValueKind == JsonValueKind.Number && element.GetDouble() is > 0 and var value
            ? value
            : throw Fault(field, element.GetRawText(), "a number above 0");
    }

    private void Expect(string field, string value)
    {
        if (Find(field) is { } element)
        {
            Check(element.ValueKind == JsonValueKind.String && element.GetString() == value, field, element.GetRawText(), $"\"{value}\"");
        }
    }

    private void ExpectNumber(string field, double value)
    {
        if (Find(field) is { } element)
        {
            Check(element.ValueKind == JsonValueKind.Number && element.GetDouble() == value, field, element.GetRawText(), $"{value}");
        }
    }

    private void ExpectFlag(string field, bool value)
    {
        if (Find(field) is { } element)
        {
            Check(element.ValueKind == (value ? JsonValueKind.True : JsonValueKind.False), field, element.GetRawText(), value ? "true" : "false");
        }
    }

    private void Check(bool good, string field, object found, string expected)
    {
        if (!good)
        {
            throw Fault(field, found, expected);
        }
    }

    private InvalidDataException Fault(string field, object found, string expected) =>
        new($"{file}: field '{field}' holds {found}, expected {expected}. Use the config.json that belongs to the codec's weights.");

    private static JsonElement Parse(string file, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new InvalidDataException($"{file}: expected a JSON object with Mimi's configuration, found {document.RootElement.ValueKind}.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file}: not valid JSON: {e.Message}", e);
        }
    }
}
