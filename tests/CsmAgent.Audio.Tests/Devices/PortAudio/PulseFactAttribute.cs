namespace CsmAgent.Audio.Tests.Devices.PortAudio;

/// <summary>A test that needs a sound server without hardware. Where CI is set, a machine that cannot start one fails; elsewhere it skips and says what is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PulseFactAttribute : FactAttribute
{
    public PulseFactAttribute()
    {
        var missing = PulseServer.Missing();
        if (missing is not null && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
        {
            Skip = missing;
        }
    }
}
