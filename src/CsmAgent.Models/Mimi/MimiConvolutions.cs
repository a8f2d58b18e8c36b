using CsmAgent.Tensors.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Models.Mimi;

/// <summary>Mimi's convolutions over a whole signal, as functions that autograd can differentiate.</summary>
public static class MimiConvolutions
{
    /// <summary>A causal convolution with zero history.</summary>
    /// <param name="x">(B, in, T); T a multiple of the stride; borrowed.</param>
    /// <param name="convolution">Its weights.</param>
    /// <returns>(B, out, T / stride).</returns>
    public static Tensor Forward(Tensor x, MimiConvolution convolution) =>
        Valid(convolution.Context > 0 ? F.pad(x, (convolution.Context, 0)) : x, convolution);

    /// <summary>A causal convolution whose history repeats the first sample (Mimi's step from 25 to 12.5 Hz).</summary>
    /// <param name="x">(B, in, T); T a multiple of the stride; borrowed.</param>
    /// <param name="convolution">Its weights.</param>
    /// <returns>(B, out, T / stride).</returns>
    public static Tensor ForwardFromFirst(Tensor x, MimiConvolution convolution)
    {
        var history = x.narrow(2, 0, 1).expand(x.size(0), x.size(1), convolution.Context);
        return Valid(cat([history, x], 2), convolution);
    }

    /// <summary>A transposed convolution cut to the causal part.</summary>
    /// <param name="x">(B, in, T); borrowed.</param>
    /// <param name="convolution">Its weights, (in, out / groups, kernel).</param>
    /// <returns>(B, out, T · stride).</returns>
    public static Tensor Transposed(Tensor x, MimiConvolution convolution) =>
        F.conv_transpose1d(x, convolution.Weight, convolution.Bias, stride: convolution.Stride, groups: convolution.Groups)
            .narrow(2, 0, x.size(2) * convolution.Stride);

    /// <summary>ELU, convolution, ELU, convolution, plus the input.</summary>
    /// <param name="x">(B, C, T); borrowed.</param>
    /// <param name="unit">Its weights.</param>
    /// <returns>(B, C, T).</returns>
    public static Tensor Residual(Tensor x, MimiResidualUnit unit) =>
        x + Forward(Elu(Forward(Elu(x), unit.Wide)), unit.Narrow);

    /// <summary>Waveform to 25 Hz.</summary>
    /// <param name="x">(B, 1, T); T a multiple of 960; borrowed.</param>
    /// <param name="seanet">The encoder's weights.</param>
    /// <param name="visit">Shown the output of each module in the order the checkpoint numbers them; may be null.</param>
    /// <returns>(B, D, T / 960).</returns>
    public static Tensor Encode(Tensor x, MimiSeanet seanet, Action<Tensor>? visit = null)
    {
        x = Visited(Forward(x, seanet.First), visit);
        foreach (var stage in seanet.Stages)
        {
            foreach (var unit in stage.Residuals)
            {
                x = Visited(Residual(x, unit), visit);
            }

            x = Visited(Elu(x), visit);
            x = Visited(Forward(x, stage.Resample), visit);
        }

        return Visited(Forward(Visited(Elu(x), visit), seanet.Last), visit);
    }

    /// <summary>25 Hz to waveform; nothing clamps the result.</summary>
    /// <param name="x">(B, D, T); borrowed.</param>
    /// <param name="seanet">The decoder's weights.</param>
    /// <param name="visit">Shown the output of each module in the order the checkpoint numbers them; may be null.</param>
    /// <returns>(B, 1, T · 960).</returns>
    public static Tensor Decode(Tensor x, MimiSeanet seanet, Action<Tensor>? visit = null)
    {
        x = Visited(Forward(x, seanet.First), visit);
        foreach (var stage in seanet.Stages)
        {
            x = Visited(Elu(x), visit);
            x = Visited(Transposed(x, stage.Resample), visit);
            foreach (var unit in stage.Residuals)
            {
                x = Visited(Residual(x, unit), visit);
            }
        }

        return Visited(Forward(Visited(Elu(x), visit), seanet.Last), visit);
    }

    private static Tensor Visited(Tensor x, Action<Tensor>? visit)
    {
        visit?.Invoke(x);
        return x;
    }

    /// <summary>ELU with alpha 1.</summary>
    internal static Tensor Elu(Tensor x) => x.elu(Constant.Of(1), Constant.Of(1), Constant.Of(1));

    /// <summary>The convolution without any padding.</summary>
    internal static Tensor Valid(Tensor x, MimiConvolution convolution) => F.conv1d(
        x, convolution.Weight, convolution.Bias, stride: convolution.Stride, dilation: convolution.Dilation, groups: convolution.Groups);
}
