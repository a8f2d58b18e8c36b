using CsmAgent.Audio.Measurement;

namespace CsmAgent.Audio.Devices;

/// <summary>The way from a loudspeaker back into the microphone: a delay, a room response and noise.</summary>
/// <remarks>Block by block in the frequency domain (uniformly partitioned overlap-save), so that minutes of a reverberant
/// room take seconds. Deterministic for a seed. One thread.</remarks>
public sealed class SimulatedRoom
{
    private readonly Fft _fft;
    private readonly (float[] Real, float[] Imaginary)[] _partitions;
    private readonly (float[] Real, float[] Imaginary)[] _spectra;
    private readonly float[] _sumReal;
    private readonly float[] _sumImaginary;
    private readonly float[] _previous;
    private readonly float _noise;
    private readonly Random _random;
    private int _newest;

    /// <summary>Makes a room.</summary>
    /// <param name="response">Impulse response at 24 kHz from what is played to what is captured, latency of the device included; at least one sample.
    /// What is played in one block is heard in the next at the earliest.</param>
    /// <param name="noiseLevelDb">Level of the white noise at the microphone in dBFS; negative infinity for none.</param>
    /// <param name="seed">Of the noise.</param>
    /// <param name="blockSamples">Samples per call, 1 to 9600; as the device that uses it.</param>
    public SimulatedRoom(
        ReadOnlySpan<float> response, double noiseLevelDb = -66, int seed = 1, int blockSamples = AudioPort.DefaultBlockSamples)
    {
        ArgumentOutOfRangeException.ThrowIfZero(response.Length, nameof(response));
        ArgumentOutOfRangeException.ThrowIfLessThan(blockSamples, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blockSamples, 9_600);
        BlockSamples = blockSamples;
        _fft = new Fft((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(2 * blockSamples)));
        var count = (response.Length + blockSamples - 1) / blockSamples;
        (_partitions, _spectra) = (new (float[], float[])[count], new (float[], float[])[count]);
        for (var i = 0; i < count; i++)
        {
            _spectra[i] = (new float[_fft.Size], new float[_fft.Size]);
            _partitions[i] = (new float[_fft.Size], new float[_fft.Size]);
            var part = response[(i * blockSamples)..];
            part[..Math.Min(part.Length, blockSamples)].CopyTo(_partitions[i].Real);
            _fft.Forward(_partitions[i].Real, _partitions[i].Imaginary);
        }

        (_sumReal, _sumImaginary) = (new float[_fft.Size], new float[_fft.Size]);
        _previous = new float[blockSamples];

        // A uniform value in [-1, 1] has a mean square of 1/3.
        _noise = (float)(Math.Sqrt(3) * Math.Pow(10, noiseLevelDb / 20));
        _random = new Random(seed);
    }

    /// <summary>Samples per call.</summary>
    public int BlockSamples { get; }

    /// <summary>A room of plain shape: a direct path and an exponential tail.</summary>
    /// <param name="delay">Of the direct path: device latencies and the way through the air.</param>
    /// <param name="reverberation">RT60, the time in which the tail falls by 60 dB.</param>
    /// <param name="levelDb">Energy of the response: level of the echo relative to what is played.</param>
    /// <param name="noiseLevelDb">As for the constructor.</param>
    /// <param name="seed">Of tail and noise.</param>
    /// <param name="blockSamples">As for the constructor.</param>
    public static SimulatedRoom Create(
        TimeSpan delay,
        TimeSpan reverberation,
        double levelDb = -6,
        double noiseLevelDb = -66,
        int seed = 1,
        int blockSamples = AudioPort.DefaultBlockSamples)
    {
        var random = new Random(seed);
        var direct = (int)(delay.TotalSeconds * AudioFormat.SampleRateHz);
        var tail = (int)(reverberation.TotalSeconds * AudioFormat.SampleRateHz);
        var response = new float[direct + 1 + tail];
        response[direct] = 1;
        for (var i = 1; i <= tail; i++)
        {
            response[direct + i] = (float)(0.08 * (random.NextDouble() - 0.5) * Math.Pow(10, -3.0 * i / tail));
        }

        var energy = 0.0;
        foreach (var sample in response)
        {
            energy += sample * sample;
        }

        var gain = (float)(Math.Pow(10, levelDb / 20) / Math.Sqrt(energy));
        for (var i = 0; i < response.Length; i++)
        {
            response[i] *= gain;
        }

        return new SimulatedRoom(response, noiseLevelDb, seed, blockSamples);
    }

    /// <summary>Adds echo and noise to what the person at the microphone says.</summary>
    /// <param name="captured">The near end alone; what the microphone gives, on return.</param>
    /// <param name="played">What the loudspeaker played in the block before; the same length.</param>
    public void Process(Span<float> captured, ReadOnlySpan<float> played)
    {
        if (captured.Length != BlockSamples || played.Length != BlockSamples)
        {
            throw new ArgumentException($"This room takes blocks of {BlockSamples} samples, found {captured.Length} and {played.Length}.");
        }

        _newest = (_newest + _spectra.Length - 1) % _spectra.Length;
        var (real, imaginary) = _spectra[_newest];
        Array.Clear(real);
        Array.Clear(imaginary);
        _previous.CopyTo(real, 0);
        played.CopyTo(real.AsSpan(BlockSamples));
        played.CopyTo(_previous);
        _fft.Forward(real, imaginary);
        Array.Clear(_sumReal);
        Array.Clear(_sumImaginary);
        for (var i = 0; i < _partitions.Length; i++)
        {
            SignalMath.MultiplyAdd(_partitions[i], _spectra[(_newest + i) % _spectra.Length], _sumReal, _sumImaginary);
        }

        _fft.Inverse(_sumReal, _sumImaginary);
        for (var i = 0; i < BlockSamples; i++)
        {
            captured[i] += _sumReal[BlockSamples + i] + (_noise == 0 ? 0 : _noise * ((2 * _random.NextSingle()) - 1));
        }
    }
}
