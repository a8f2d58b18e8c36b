namespace CsmAgent.Models.Csm.Packed;

/// <summary>Random numbers in the shape of a model, for measurements without a checkpoint. The same seed gives the same model.</summary>
/// <param name="config">The model's shape.</param>
/// <param name="seed">Names the numbers.</param>
public sealed class RandomCsmParameters(CsmConfig config, ulong seed) : ICsmParameters
{
    /// <inheritdoc/>
    public CsmConfig Config { get; } = config;

    /// <inheritdoc/>
    public void Read(string name, long first, Span<float> destination)
    {
        if (name.Contains("norm", StringComparison.Ordinal))
        {
            destination.Fill(1);
            return;
        }

        // Deviation 1/√inputs keeps every activation near 1, as in a trained model.
        var scale = name is CsmTensorNames.TextTable or CsmTensorNames.AudioTable ? 0.2f : 1 / MathF.Sqrt(Inputs(name));
        var key = seed;
        foreach (var c in name)
        {
            key = Mix(key ^ c);
        }

        for (var i = 0; i < destination.Length; i++)
        {
            // The sum of four uniform 16-bit numbers is near enough to normal and costs one multiplication chain.
            var bits = Mix(key + (ulong)(first + i));
            var sum = (int)(bits & 0xFFFF) + (int)((bits >> 16) & 0xFFFF) + (int)((bits >> 32) & 0xFFFF) + (int)(bits >> 48);
            destination[i] = (sum - 131070) * (scale / 37837f);
        }
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    private long Inputs(string name)
    {
        var shape = CsmTensorNames.Shapes(Config)[name];
        return name == CsmTensorNames.DepthHeads ? shape[1] : shape[^1];
    }
}
