using static TorchSharp.torch;

namespace CsmAgent.Models.Mimi.Streaming;

/// <summary>Waveform to 25 Hz, going on where the last call ended.</summary>
internal sealed class SeanetEncoderStream(MimiSeanet seanet) : IDisposable
{
    private readonly ConvolutionStream _first = new(seanet.First);
    private readonly List<(List<ResidualStream> Residuals, ConvolutionStream Resample)> _stages =
        [.. seanet.Stages.Select(stage => (stage.Residuals.Select(unit => new ResidualStream(unit)).ToList(), new ConvolutionStream(stage.Resample)))];

    private readonly ConvolutionStream _last = new(seanet.Last);

    /// <param name="x">(1, 1, T); T a positive multiple of 960; borrowed.</param>
    /// <returns>(1, D, T / 960).</returns>
    internal Tensor Next(Tensor x)
    {
        x = _first.Next(x);
        foreach (var (residuals, resample) in _stages)
        {
            foreach (var residual in residuals)
            {
                x = residual.Next(x);
            }

            x = resample.Next(MimiConvolutions.Elu(x));
        }

        return _last.Next(MimiConvolutions.Elu(x));
    }

    internal void Reset()
    {
        _first.Reset();
        _last.Reset();
        foreach (var (residuals, resample) in _stages)
        {
            residuals.ForEach(residual => residual.Reset());
            resample.Reset();
        }
    }

    public void Dispose()
    {
        _first.Dispose();
        _last.Dispose();
        foreach (var (residuals, resample) in _stages)
        {
            residuals.ForEach(residual => residual.Dispose());
            resample.Dispose();
        }
    }
}
