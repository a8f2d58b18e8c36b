using CsmAgent.Tensors.Kernels;

namespace CsmAgent.Models.Mimi.Packed;

/// <summary>One stream's state of the convolutional half of an encoder or decoder.</summary>
internal sealed class SeanetRunner : IDisposable
{
    private readonly ConvolutionRunner _first;
    private readonly List<(ConvolutionRunner Resample, List<ResidualRunner> Residuals)> _stages = [];
    private readonly ConvolutionRunner _last;
    private readonly bool _isDecoder;

    public SeanetRunner(PackedSeanet seanet, bool isDecoder)
    {
        _isDecoder = isDecoder;
        var steps = isDecoder ? MimiConfig.PositionsPerFrame : MimiConfig.FrameSamples;
        _first = new(seanet.First, steps);
        foreach (var stage in seanet.Stages)
        {
            var resample = new ConvolutionRunner(stage.Resample, steps);
            var after = resample.Output.Rows;
            var at = isDecoder ? after : steps;
            _stages.Add((resample, [.. stage.Residuals.Select(unit => new ResidualRunner(unit, at))]));
            steps = after;
        }

        _last = new(seanet.Last, steps);
    }

    /// <summary>Where one frame's input goes.</summary>
    public Span<float> Input => _first.Input;

    /// <summary>Runs one frame.</summary>
    /// <returns>The output, valid until the next run.</returns>
    public Span<float> Run()
    {
        _first.Run();
        var x = _first.Results;
        foreach (var (resample, residuals) in _stages)
        {
            if (_isDecoder)
            {
                Elementwise.Elu(x, resample.Input);
                resample.Run();
                x = resample.Results;
            }

            foreach (var residual in residuals)
            {
                residual.Run(x);
            }

            if (!_isDecoder)
            {
                Elementwise.Elu(x, resample.Input);
                resample.Run();
                x = resample.Results;
            }
        }

        Elementwise.Elu(x, _last.Input);
        _last.Run();
        return _last.Results;
    }

    public void Reset()
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
