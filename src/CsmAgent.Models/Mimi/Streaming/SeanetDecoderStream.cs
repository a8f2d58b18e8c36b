using static TorchSharp.torch;

namespace CsmAgent.Models.Mimi.Streaming;

/// <summary>25 Hz to waveform, going on where the last call ended.</summary>
internal sealed class SeanetDecoderStream(MimiSeanet seanet) : IDisposable
{
    private readonly ConvolutionStream _first = new(seanet.First);
    private readonly List<(TransposedStream Resample, List<ResidualStream> Residuals)> _stages =
        [.. seanet.Stages.Select(stage => (new TransposedStream(stage.Resample), stage.Residuals.Select(unit => new ResidualStream(unit)).ToList()))];

    private readonly ConvolutionStream _last = new(seanet.Last);

    /// <param name="x">(1, D, T); borrowed.</param>
    /// <returns>(1, 1, T · 960).</returns>
    internal Tensor Next(Tensor x)
    {
        x = _first.Next(x);
        foreach (var (resample, residuals) in _stages)
        {
            x = resample.Next(MimiConvolutions.Elu(x));
            foreach (var residual in residuals)
            {
                x = residual.Next(x);
            }
        }

        return _last.Next(MimiConvolutions.Elu(x));
    }

    internal void Reset()
    {
        _first.Reset();
        _last.Reset();
        foreach (var (resample, residuals) in _stages)
        {
            resample.Reset();
            residuals.ForEach(residual => residual.Reset());
        }
    }

    public void Dispose()
    {
        _first.Dispose();
        _last.Dispose();
        foreach (var (resample, residuals) in _stages)
        {
            resample.Dispose();
            residuals.ForEach(residual => residual.Dispose());
        }
    }
}
