namespace CsmAgent.Models.Llama;

/// <summary>Cosines and sines of the rotary embedding. Pair i of a head is (i, i + half); both rotate by position · frequency i.</summary>
public sealed class RopeTable
{
    /// <summary>Computes a table.</summary>
    /// <param name="config">Base and scaling.</param>
    /// <param name="headWidth">Even width of one head.</param>
    /// <param name="positions">Number of positions, from 0.</param>
    public RopeTable(RopeConfig config, int headWidth, int positions)
    {
        (HalfWidth, Positions) = (headWidth / 2, positions);
        Frequencies = ComputeFrequencies(config, headWidth);
        Cos = new float[positions * HalfWidth];
        Sin = new float[positions * HalfWidth];
        for (var position = 0; position < positions; position++)
        {
            for (var i = 0; i < HalfWidth; i++)
            {
                // The angle is rounded to single precision first, as the references do.
                var (sin, cos) = Math.SinCos(position * Frequencies[i]);
                Cos[(position * HalfWidth) + i] = (float)cos;
                Sin[(position * HalfWidth) + i] = (float)sin;
            }
        }
    }

    /// <summary>Pairs per head.</summary>
    public int HalfWidth { get; }

    /// <summary>Number of positions.</summary>
    public int Positions { get; }

    /// <summary>Radians per position of each pair, after scaling.</summary>
    public float[] Frequencies { get; }

    /// <summary>Row-major [positions, half width].</summary>
    public float[] Cos { get; }

    /// <summary>Row-major [positions, half width].</summary>
    public float[] Sin { get; }

    private static float[] ComputeFrequencies(RopeConfig config, int headWidth)
    {
        var frequencies = new float[headWidth / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            // Single precision step by step, as the references compute it.
            frequencies[i] = Scale(config, 1f / (float)Math.Pow(config.Base, 2f * i / headWidth));
        }

        return frequencies;
    }

    private static float Scale(RopeConfig config, float frequency)
    {
        if (config.Factor == 1)
        {
            return frequency;
        }

        var wavelength = 2 * Math.PI / frequency;
        if (wavelength < config.OriginalContext / config.HighFrequencyFactor)
        {
            return frequency;
        }

        if (wavelength > config.OriginalContext / config.LowFrequencyFactor)
        {
            return (float)(frequency / config.Factor);
        }

        var keep = ((config.OriginalContext / wavelength) - config.LowFrequencyFactor) / (config.HighFrequencyFactor - config.LowFrequencyFactor);
        return (float)(((1 - keep) * frequency / config.Factor) + (keep * frequency));
    }
}
