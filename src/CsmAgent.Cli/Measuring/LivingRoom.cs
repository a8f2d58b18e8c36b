using CsmAgent.Audio.Devices;

namespace CsmAgent.Cli.Measuring;

/// <summary>The room all measurements with an echo are made in: 30 ms from loudspeaker to microphone, RT60 0.3 s.</summary>
internal static class LivingRoom
{
    /// <summary>Makes it.</summary>
    /// <param name="echoDb">Level of the echo relative to what is played.</param>
    /// <param name="seed">Of tail and noise.</param>
    public static SimulatedRoom Create(double echoDb, int seed = 1) =>
        SimulatedRoom.Create(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(300), echoDb, seed: seed);
}
