using CsmAgent.Tensors.Kernels;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Mimi.Packed;

/// <summary>One stream's state of a convolution: its last inputs, in front of room for the next ones.</summary>
internal sealed class ConvolutionRunner : IDisposable
{
    private readonly PackedConvolution _convolution;
    private readonly ActivationRows _input;
    private readonly int _steps;

    /// <param name="convolution">The weights.</param>
    /// <param name="steps">Input steps per call.</param>
    public ConvolutionRunner(PackedConvolution convolution, int steps)
    {
        (_convolution, _steps) = (convolution, steps);
        _input = new ActivationRows(convolution.Context + steps, convolution.Inputs, convolution.GroupSize);
        Output = new ActivationRows(convolution.IsTransposed ? steps * convolution.Stride : steps / convolution.Stride, convolution.Outputs);
    }

    /// <summary>Where the next inputs go: [steps, inputs].</summary>
    public Span<float> Input => _input.Slice(_convolution.Context, _steps);

    /// <summary>The last results: [output steps, outputs].</summary>
    public ActivationRows Output { get; }

    /// <summary>The last results as one span.</summary>
    public Span<float> Results => Output.Slice(0, Output.Rows);

    /// <summary>Convolves what lies in <see cref="Input"/>.</summary>
    public void Run()
    {
        var context = _convolution.Context;
        if (_convolution.GroupSize > 0)
        {
            for (var step = 0; step < _steps; step++)
            {
                _input.Quantize(context + step);
            }
        }

        var matrix = _convolution.Matrix;
        if (_convolution.IsTransposed)
        {
            matrix.Multiply(_input, 0, 1, Output, 0, _convolution.Stride, _steps, 0, matrix.Blocks);
        }
        else
        {
            matrix.Multiply(_input, 0, _convolution.Stride, Output, 0, 1, Output.Rows, 0, matrix.Blocks);
        }

        _input.MoveToFront(_steps, context);
        if (_convolution.Bias is { } bias)
        {
            for (var step = 0; step < Output.Rows; step++)
            {
                Elementwise.Add(Output[step], bias);
            }
        }
    }

    /// <summary>Fills the history with the first new input, as the step to 12.5 Hz begins.</summary>
    public void RepeatFirst()
    {
        var first = _input[_convolution.Context];
        for (var step = 0; step < _convolution.Context; step++)
        {
            first.CopyTo(_input[step]);
            if (_convolution.GroupSize > 0)
            {
                _input.Quantize(step);
            }
        }
    }

    /// <summary>Forgets the history.</summary>
    public void Reset()
    {
        _input.Slice(0, _convolution.Context).Clear();
        for (var step = 0; step < _convolution.Context && _convolution.GroupSize > 0; step++)
        {
            _input.Quantize(step);
        }
    }

    public void Dispose()
    {
        _input.Dispose();
        Output.Dispose();
    }
}
