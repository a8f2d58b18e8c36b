using System.Runtime.InteropServices;
using CsmAgent.Audio.Measurement;

namespace CsmAgent.Audio.VoiceActivity;

/// <summary>Silero VAD 6 at 16 kHz, weights shared and state per instance: 32 ms of sound to the probability of speech.</summary>
/// <remarks>STFT of 256 every 128 samples, four convolutions over its magnitudes, one LSTM cell of 128, a sigmoid. About
/// half a million multiplications a window, on the caller's thread, without allocation. <c>silero-vad-v6.py</c> beside this
/// file made the weights; MIT licence, Silero Team.</remarks>
internal sealed class SileroModel
{
    /// <summary>Samples of one window at 16 kHz.</summary>
    public const int WindowSamples = 512;

    private const int Context = 64;
    private const int FftSize = 256;
    private const int Stride = 128;
    private const int Frames = 4;
    private const int Bins = (FftSize / 2) + 1;
    private const int Hidden = 128;
    private const string Resource = "CsmAgent.Audio.silero-vad-v6.bin";

    private static readonly Lazy<Weights> Shared = new(Weights.Load);

    private readonly Weights _weights = Shared.Value;
    private readonly Fft _fft = new(FftSize);
    private readonly float[] _input = new float[Context + WindowSamples + Context];
    private readonly float[] _real = new float[FftSize];
    private readonly float[] _imaginary = new float[FftSize];

    // Rows of features over time with a row of zeros at either end, so that three taps are one contiguous product.
    private readonly float[] _magnitudes = new float[(Frames + 2) * Bins];
    private readonly float[] _first = new float[(Frames + 2) * 128];
    private readonly float[] _second = new float[(2 + 2) * 64];
    private readonly float[] _third = new float[(1 + 2) * 64];
    private readonly float[] _cellInput = new float[2 * Hidden];
    private readonly float[] _cell = new float[Hidden];
    private readonly float[] _gates = new float[4 * Hidden];

    /// <summary>The next 32 ms.</summary>
    /// <param name="window">512 samples at 16 kHz, finite.</param>
    /// <returns>Probability of speech, 0 to 1.</returns>
    public float Step(ReadOnlySpan<float> window)
    {
        window.CopyTo(_input.AsSpan(Context));
        for (var i = 0; i < Context; i++)
        {
            // The right edge is reflected.
            _input[Context + WindowSamples + i] = _input[Context + WindowSamples - 2 - i];
        }

        Spectrum();
        window[^Context..].CopyTo(_input);

        Convolve(_magnitudes, Bins, _weights.Layers[0], _first, 128, Frames, stride: 1);
        Convolve(_first, 128, _weights.Layers[1], _second, 64, 2, stride: 2);
        Convolve(_second, 64, _weights.Layers[2], _third, 64, 1, stride: 2);
        Convolve(_third, 64, _weights.Layers[3], _cellInput, Hidden, 1, stride: 1, padded: false);
        StepCell();

        var hidden = _cellInput.AsSpan(Hidden);
        var sum = _weights.OutputBias;
        for (var i = 0; i < Hidden; i++)
        {
            sum += Math.Max(0, hidden[i]) * _weights.Output[i];
        }

        return Sigmoid(sum);
    }

    /// <summary>Forgets what was heard.</summary>
    public void Reset()
    {
        Array.Clear(_input);
        Array.Clear(_cellInput);
        Array.Clear(_cell);
    }

    private void Spectrum()
    {
        for (var frame = 0; frame < Frames; frame++)
        {
            for (var i = 0; i < FftSize; i++)
            {
                _real[i] = _input[(frame * Stride) + i] * _weights.Window[i];
            }

            Array.Clear(_imaginary);
            _fft.Forward(_real, _imaginary);
            var row = _magnitudes.AsSpan((frame + 1) * Bins, Bins);
            for (var bin = 0; bin < Bins; bin++)
            {
                row[bin] = MathF.Sqrt((_real[bin] * _real[bin]) + (_imaginary[bin] * _imaginary[bin]));
            }
        }
    }

    private static void Convolve(
        float[] input, int inputs, (float[] Weight, float[] Bias) layer, float[] output, int outputs, int frames, int stride, bool padded = true)
    {
        var taps = 3 * inputs;
        for (var frame = 0; frame < frames; frame++)
        {
            var columns = input.AsSpan(frame * stride * inputs, taps);
            var row = output.AsSpan((frame + (padded ? 1 : 0)) * outputs, outputs);
            for (var i = 0; i < outputs; i++)
            {
                row[i] = Math.Max(0, layer.Bias[i] + SignalMath.Dot(columns, layer.Weight.AsSpan(i * taps, taps)));
            }
        }
    }

    private void StepCell()
    {
        for (var row = 0; row < _gates.Length; row++)
        {
            _gates[row] = _weights.CellBias[row] + SignalMath.Dot(_cellInput, _weights.Cell.AsSpan(row * 2 * Hidden, 2 * Hidden));
        }

        for (var i = 0; i < Hidden; i++)
        {
            var (input, forget, candidate, output) = (_gates[i], _gates[Hidden + i], _gates[(2 * Hidden) + i], _gates[(3 * Hidden) + i]);
            _cell[i] = (Sigmoid(forget) * _cell[i]) + (Sigmoid(input) * MathF.Tanh(candidate));
            _cellInput[Hidden + i] = Sigmoid(output) * MathF.Tanh(_cell[i]);
        }
    }

    private static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));

    private sealed record Weights(
        float[] Window, (float[] Weight, float[] Bias)[] Layers, float[] Cell, float[] CellBias, float[] Output, float OutputBias)
    {
        public static Weights Load()
        {
            using var stream = typeof(SileroModel).Assembly.GetManifestResourceStream(Resource)
                ?? throw new InvalidOperationException($"The voice activity model '{Resource}' is missing from the program.");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            var all = MemoryMarshal.Cast<byte, float>(bytes);
            var at = 0;
            var layers = new (float[], float[])[4];
            foreach (var (i, inputs, outputs) in new[] { (0, Bins, 128), (1, 128, 64), (2, 64, 64), (3, 64, Hidden) })
            {
                layers[i] = (Take(all, ref at, 3 * inputs * outputs), Take(all, ref at, outputs));
            }

            var weights = new Weights(
                PeriodicHann(), layers, Take(all, ref at, 4 * Hidden * 2 * Hidden), Take(all, ref at, 4 * Hidden), Take(all, ref at, Hidden), all[at++]);
            return at == all.Length
                ? weights
                : throw new InvalidOperationException($"The voice activity model has {all.Length} weights, expected {at}.");
        }

        private static float[] Take(ReadOnlySpan<float> all, ref int at, int count)
        {
            at += count;
            return all.Slice(at - count, count).ToArray();
        }

        private static float[] PeriodicHann()
        {
            var window = new float[FftSize];
            for (var i = 0; i < FftSize; i++)
            {
                window[i] = (float)(0.5 - (0.5 * Math.Cos(2 * Math.PI * i / FftSize)));
            }

            return window;
        }
    }
}
