using TorchSharp;

namespace CsmAgent.Training.Tests;

/// <summary>
/// Tests that use Torch run one after the other, because they count live tensors of the whole process, and on one thread,
/// because OpenMP's threads wait for each other by spinning and a test machine's cores are busy.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OneTorchTestAtATime : ICollectionFixture<OneTorchTestAtATime.OneThread>
{
    public const string Name = "Torch";

    public sealed class OneThread
    {
        public OneThread()
        {
            CsmAgent.Tensors.Native.TorchRuntime.EnsureLoaded();
            torch.set_num_threads(1);
        }
    }
}
