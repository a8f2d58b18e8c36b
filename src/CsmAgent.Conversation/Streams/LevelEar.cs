using CsmAgent.Audio;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Streams;

/// <summary>An ear that goes by level alone and hears no echo: loud for 30 ms is speech, quiet for 200 ms is its end. For signals made
/// for it, in tests and measurements; people need <see cref="RoomEar"/>.</summary>
public sealed class LevelEar : IEar
{
    private const float Loud = 0.05f;
    private const int Onset = 30 * AudioFormat.SampleRateHz / 1000;
    private const int Release = 200 * AudioFormat.SampleRateHz / 1000;

    private int _loud;
    private int _quiet;
    private bool _speaks;

    /// <inheritdoc/>
    public EarBlock Hear(ReadOnlySpan<float> captured, ReadOnlySpan<float> played, Span<float> clean)
    {
        captured.CopyTo(clean);
        var isLoud = captured.ContainsAnyExceptInRange(-Loud, Loud);
        (_loud, _quiet) = isLoud ? (_loud + captured.Length, 0) : (0, _quiet + captured.Length);
        if (!_speaks && _loud >= Onset)
        {
            _speaks = true;
            return new EarBlock(true, _loud);
        }

        if (_speaks && _quiet >= Release)
        {
            _speaks = false;
            return new EarBlock(false, _quiet, _quiet);
        }

        return new EarBlock(_speaks);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
