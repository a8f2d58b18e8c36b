using CsmAgent.Models.Configuration;

namespace CsmAgent.Models.Llama;

/// <summary>Rotary position embedding with Llama-3's stretching of long wavelengths.</summary>
/// <param name="Base">Base of the frequencies, 500 000 in CSM.</param>
/// <param name="Factor">Long wavelengths are divided by this; 1 means no scaling.</param>
/// <param name="LowFrequencyFactor">Wavelengths above context / this are divided fully.</param>
/// <param name="HighFrequencyFactor">Wavelengths below context / this stay.</param>
/// <param name="OriginalContext">The context both limits refer to, in positions.</param>
public sealed record RopeConfig(double Base, double Factor, double LowFrequencyFactor, double HighFrequencyFactor, double OriginalContext)
{
    /// <summary>The setting of all of Sesame's models: base 500 000, factor 32, limits 1 and 4, context 8192.</summary>
    public static RopeConfig Sesame { get; } = new(500_000, 32, 1, 4, 8192);

    /// <summary>Reads both spellings of transformers: <c>rope_theta</c> with <c>rope_scaling</c>, and <c>rope_parameters</c>.</summary>
    /// <exception cref="CsmAgent.Tensors.Safetensors.CheckpointException">A field is missing or out of range.</exception>
    public static RopeConfig Read(ConfigObject config)
    {
        var together = config.TryChild("rope_parameters");
        var scaling = together ?? config.TryChild("rope_scaling");
        var thetaHolder = together is not null && together.Has("rope_theta") ? together : config;
        var theta = thetaHolder.Number("rope_theta", 1, 1e12, 500_000);
        var type = scaling?.TryText("rope_type") ?? scaling?.TryText("type") ?? "default";
        if (scaling is null || type == "default")
        {
            return new RopeConfig(theta, 1, 1, 1, 1);
        }

        if (type != "llama3")
        {
            throw scaling.Fault("rope_type", "llama3 or default", type);
        }

        var low = scaling.Number("low_freq_factor", 1e-9, 1e9);
        var high = scaling.Number("high_freq_factor", 1e-9, 1e9);
        return high > low
            ? new RopeConfig(theta, scaling.Number("factor", 1, 1e6), low, high, scaling.Number("original_max_position_embeddings", 1, 1e9))
            : throw scaling.Fault("high_freq_factor", $"more than low_freq_factor ({low})", $"{high}");
    }
}
