namespace CsmAgent.Audio.Echo;

/// <summary>The high-pass (about 30 Hz) that speexdsp puts before its filter, so that what the filter took away can be told
/// from what the high-pass did.</summary>
internal sealed class DcNotch
{
    // speexdsp's radius for 24 kHz and above.
    private const float Radius = 0.992f;
    private const float Damping = (Radius * Radius) + (0.7f * (1 - Radius) * (1 - Radius));

    private float _first;
    private float _second;

    public void Process(ReadOnlySpan<float> input, Span<float> output)
    {
        for (var i = 0; i < input.Length; i++)
        {
            var value = _first + input[i];
            _first = _second + (2 * ((Radius * value) - input[i]));
            _second = input[i] - (Damping * value);
            output[i] = Radius * value;
        }
    }
}
