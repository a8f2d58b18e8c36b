using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Mimi.Packed;

/// <summary>A causal convolution as a matrix over windows of time: rows of activations lie one after another, so a window
/// of several steps is one long input and no copy is made.</summary>
/// <param name="Matrix">[outputs, window · inputs]; the transposed ones give all steps of their stride at once.</param>
/// <param name="Bias">One value per output channel, or null.</param>
/// <param name="Inputs">Input channels.</param>
/// <param name="Outputs">Output channels.</param>
/// <param name="Window">Input steps in a window.</param>
/// <param name="Stride">Input steps between windows; output steps per window when transposed.</param>
/// <param name="IsTransposed">True for a transposed convolution.</param>
internal sealed record PackedConvolution(PackedMatrix Matrix, float[]? Bias, int Inputs, int Outputs, int Window, int Stride, bool IsTransposed)
{
    /// <summary>Steps kept between calls.</summary>
    public int Context => IsTransposed ? Window - 1 : Window - Stride;

    /// <summary>Columns per scale of its inputs; 0 for a float matrix.</summary>
    public int GroupSize => Matrix.GroupSize;

    /// <summary>Packs a convolution.</summary>
    /// <param name="convolution">Torch's weights; borrowed.</param>
    /// <param name="format">How to store them; integer formats fall back to floats where channels are no whole groups.</param>
    /// <param name="groupSize">Columns per scale.</param>
    public static PackedConvolution Pack(MimiConvolution convolution, WeightFormat format, int groupSize)
    {
        var shape = convolution.Weight.shape;
        var (outputs, inputs, taps) = ((int)shape[0], (int)shape[1], (int)shape[2]);
        var window = ((taps - 1) * convolution.Dilation) + 1;
        var weights = TorchValues.Of(convolution.Weight);
        var matrix = new float[outputs * window * inputs];
        for (var o = 0; o < outputs; o++)
        {
            for (var i = 0; i < inputs; i++)
            {
                for (var tap = 0; tap < taps; tap++)
                {
                    // Taps further apart leave zeros between them.
                    matrix[(((o * window) + (tap * convolution.Dilation)) * inputs) + i] = weights[(((o * inputs) + i) * taps) + tap];
                }
            }
        }

        return new(
            PackedMatrix.Pack(matrix, outputs, window * inputs, FormatFor(format, inputs, groupSize), groupSize),
            BiasOf(convolution), inputs, outputs, window, convolution.Stride, false);
    }

    /// <summary>Packs a transposed convolution whose kernel is twice its stride: each output step sees two input steps.</summary>
    /// <param name="convolution">Torch's weights; borrowed.</param>
    /// <param name="format">How to store them.</param>
    /// <param name="groupSize">Columns per scale.</param>
    /// <exception cref="ArgumentException">The kernel is not twice the stride.</exception>
    public static PackedConvolution PackTransposed(MimiConvolution convolution, WeightFormat format, int groupSize)
    {
        var shape = convolution.Weight.shape;
        var (inputs, perGroup, taps) = ((int)shape[0], (int)shape[1], (int)shape[2]);
        var (stride, groups) = (convolution.Stride, convolution.Groups);
        if (taps != 2 * stride)
        {
            throw new ArgumentException($"A transposed convolution of Mimi has a kernel of twice its stride; found {taps} for {stride}.", nameof(convolution));
        }

        var outputs = perGroup * groups;
        var weights = TorchValues.Of(convolution.Weight);
        var matrix = new float[stride * outputs * 2 * inputs];
        for (var i = 0; i < inputs; i++)
        {
            var firstOutput = i / (inputs / groups) * perGroup;
            for (var o = 0; o < perGroup; o++)
            {
                for (var step = 0; step < stride; step++)
                {
                    var row = (step * outputs) + firstOutput + o;
                    matrix[(row * 2 * inputs) + i] = weights[(((i * perGroup) + o) * taps) + step + stride];
                    matrix[(((row * 2) + 1) * inputs) + i] = weights[(((i * perGroup) + o) * taps) + step];
                }
            }
        }

        return new(
            PackedMatrix.Pack(matrix, stride * outputs, 2 * inputs, FormatFor(format, inputs, groupSize), groupSize),
            BiasOf(convolution), inputs, outputs, 2, stride, true);
    }

    private static WeightFormat FormatFor(WeightFormat wanted, int inputs, int groupSize) =>
        PackedMatrix.IsInteger(wanted) && inputs % groupSize != 0 ? WeightFormat.Float32 : wanted;

    private static float[]? BiasOf(MimiConvolution convolution) => convolution.Bias is null ? null : TorchValues.Of(convolution.Bias);
}
