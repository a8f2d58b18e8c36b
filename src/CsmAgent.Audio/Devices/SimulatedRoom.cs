using CsmAgent.Audio.Measurement;

namespace CsmAgent.Audio.Devices;

/// <summary>The way from a loudspeaker back into the microphone: a delay, a room response and noise.</summary>
/// <remarks>Deterministic for a seed. One thread.</remarks>
public sealed class SimulatedRoom
{
    private readonly float[] _reversed;
    private readonly float[] _history;
    private readonly float _noise;
    private readonly Random _random;
    private int _length;

    /// <summary>Makes a room.</summary>
    /// <param name="response">Impulse response at 24 kHz from what is played to what is captured, latency of the device included; at least one sample.
    /// What is played in one block is heard in the next at the earliest.</param>
    /// <param name="noiseLevelDb">Level of the white noise at the microphone in dBFS; negative infinity for none.</param>
    /// <param name="seed">Of the noise.</param>
    public SimulatedRoom(ReadOnlySpan<float> response, double noiseLevelDb = -66, int seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfZero(response.Length, nameof(response));
        _reversed = response.ToArray();
        Array.Reverse(_reversed);
        _history = new float[_reversed.Length + (4 * AudioFormat.SampleRateHz / 10)];
        _length = _reversed.Length - 1;
        // A uniform value in [-1, 1] has a mean square of 1/3.
        _noise = (float)(Math.Sqrt(3) * Math.Pow(10, noiseLevelDb / 20));
        _random = new Random(seed);
    }

    /// <summary>A room of plain shape: a direct path and an exponential tail.</summary>
    /// <param name="delay">Of the direct path: device latencies and the way through the air.</param>
    /// <param name="reverberation">RT60, the time in which the tail falls by 60 dB.</param>
    /// <param name="levelDb">Energy of the response: level of the echo relative to what is played.</param>
    /// <param name="noiseLevelDb">As for the constructor.</param>
    /// <param name="seed">Of tail and noise.</param>
    public static SimulatedRoom Create(
        TimeSpan delay, TimeSpan reverberation, double levelDb = -6, double noiseLevelDb = -66, int seed = 1)
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

        return new SimulatedRoom(response, noiseLevelDb, seed);
    }

    /// <summary>Adds echo and noise to what the person at the microphone says.</summary>
    /// <param name="captured">The near end alone; what the microphone gives, on return.</param>
    /// <param name="played">What the loudspeaker played in the block before; the same length.</param>
    public void Process(Span<float> captured, ReadOnlySpan<float> played)
    {
        if (_length + played.Length > _history.Length)
        {
            var keep = _reversed.Length - 1;
            _history.AsSpan(_length - keep, keep).CopyTo(_history);
            _length = keep;
        }

        played.CopyTo(_history.AsSpan(_length));
        for (var i = 0; i < captured.Length; i++)
        {
            captured[i] += SignalMath.Dot(_reversed, _history.AsSpan(_length + i + 1 - _reversed.Length, _reversed.Length))
                + (_noise == 0 ? 0 : _noise * ((2 * _random.NextSingle()) - 1));
        }

        _length += played.Length;
    }
}
