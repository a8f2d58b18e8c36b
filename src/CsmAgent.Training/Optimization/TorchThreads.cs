using CsmAgent.Tensors.Native;
using static TorchSharp.torch;

namespace CsmAgent.Training.Optimization;

/// <summary>Gives Torch one thread per operation: the trainer's workers are the threads (see <see cref="Gradients"/>).</summary>
public static class TorchThreads
{
    /// <summary>Loads the native library and sets the count for this thread and for those that have not run an operation yet.</summary>
    public static void UseOnePerWorker()
    {
        TorchRuntime.EnsureLoaded();
        set_num_threads(1);
    }
}
