using static TorchSharp.torch;

namespace CsmAgent.Models.Llama;

/// <summary>Parameters of a Llama-style decoder and its rotary tables. The tensors belong to whoever made them, the tables to this.</summary>
public sealed class LlamaWeights : IDisposable
{
    /// <summary>Gathers parameters by name.</summary>
    /// <param name="config">The decoder's shape.</param>
    /// <param name="prefix">What stands before <c>layers.0…</c> in a name.</param>
    /// <param name="parameter">The tensor of a name; stays its maker's.</param>
    /// <param name="device">Where the rotary tables should live.</param>
    public LlamaWeights(LlamaConfig config, string prefix, Func<string, Tensor> parameter, Device device)
    {
        Config = config;
        Layers = [.. Enumerable.Range(0, config.LayerCount).Select(layer =>
        {
            Tensor Named(string name) => parameter($"{prefix}layers.{layer}.{name}.weight");
            return new LlamaLayerWeights(
                Named("input_layernorm"),
                Named("self_attn.q_proj"), Named("self_attn.k_proj"), Named("self_attn.v_proj"), Named("self_attn.o_proj"),
                Named("post_attention_layernorm"),
                Named("mlp.gate_proj"), Named("mlp.up_proj"), Named("mlp.down_proj"));
        })];
        FinalNorm = parameter($"{prefix}norm.weight");

        var table = new RopeTable(config.Rope, config.HeadWidth, config.MaxPositions);
        Cos = ToDevice(table.Cos, table, device);
        Sin = ToDevice(table.Sin, table, device);
    }

    /// <summary>The decoder's shape.</summary>
    public LlamaConfig Config { get; }

    /// <summary>Layers, first to last.</summary>
    public IReadOnlyList<LlamaLayerWeights> Layers { get; }

    /// <summary>[width].</summary>
    public Tensor FinalNorm { get; }

    /// <summary>Cosines, float32 [positions, head width / 2].</summary>
    public Tensor Cos { get; }

    /// <summary>Sines, float32 [positions, head width / 2].</summary>
    public Tensor Sin { get; }

    /// <summary>Frees the rotary tables.</summary>
    public void Dispose()
    {
        Cos.Dispose();
        Sin.Dispose();
    }

    private static Tensor ToDevice(float[] values, RopeTable table, Device device)
    {
        using var onCpu = tensor(values, table.Positions, table.HalfWidth);
        return onCpu.to(device, copy: true).DetachFromDisposeScope();
    }
}
