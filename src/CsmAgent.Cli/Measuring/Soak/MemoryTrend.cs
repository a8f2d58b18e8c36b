using CsmAgent.Audio;

namespace CsmAgent.Cli.Measuring.Soak;

/// <summary>Memory over a conversation, and how fast it grows.</summary>
internal sealed class MemoryTrend
{
    private readonly List<(double Minutes, double ManagedMb, double ResidentMb)> _weights = [];

    public int Count => _weights.Count;

    /// <summary>Collects garbage and notes what is left.</summary>
    public void Weigh(long atSample)
    {
        var managed = GC.GetTotalMemory(forceFullCollection: true);
        _weights.Add(((double)atSample / AudioFormat.SampleRateHz / 60, managed / 1e6, Environment.WorkingSet / 1e6));
    }

    /// <summary>The line of least squares through the later half: slope and its standard error, in MB an hour.</summary>
    /// <param name="resident">The whole process instead of the managed heap.</param>
    public (double Slope, double Error) SlopePerHour(bool resident)
    {
        var points = _weights.Skip(_weights.Count / 2).Select(w => (X: w.Minutes / 60, Y: resident ? w.ResidentMb : w.ManagedMb)).ToArray();
        var (x, y) = (points.Average(p => p.X), points.Average(p => p.Y));
        var spread = points.Sum(p => (p.X - x) * (p.X - x));
        var slope = points.Sum(p => (p.X - x) * (p.Y - y)) / spread;
        var rest = points.Sum(p => Math.Pow(p.Y - y - (slope * (p.X - x)), 2));
        return (slope, Math.Sqrt(rest / Math.Max(1, points.Length - 2) / spread));
    }

    /// <summary>What was weighed last, in MB.</summary>
    public (double Managed, double Resident) Last => (_weights[^1].ManagedMb, _weights[^1].ResidentMb);
}
