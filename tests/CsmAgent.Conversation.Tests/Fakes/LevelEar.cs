using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Tests.Fakes;

/// <summary>An ear for test tones: loud for 30 ms is speech, quiet for 200 ms is its end. Hears no echo.</summary>
internal sealed class LevelEar : IEar
{
    private const int Onset = 720;
    private const int Release = 4800;

    private int _loud;
    private int _quiet;
    private bool _speaks;

    public EarBlock Hear(ReadOnlySpan<float> captured, ReadOnlySpan<float> played, Span<float> clean)
    {
        captured.CopyTo(clean);
        var isLoud = captured.ContainsAnyExceptInRange(-0.05f, 0.05f);
        (_loud, _quiet) = isLoud ? (_loud + captured.Length, 0) : (0, _quiet + captured.Length);
        if (!_speaks && _loud >= Onset)
        {
            _speaks = true;
            return new EarBlock(true, _loud);
        }

        if (_speaks && _quiet >= Release)
        {
            _speaks = false;
            return new EarBlock(false, _quiet);
        }

        return new EarBlock(_speaks, 0);
    }

    public void Dispose()
    {
    }
}
