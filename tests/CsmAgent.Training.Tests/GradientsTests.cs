using CsmAgent.Training.Optimization;
using static TorchSharp.torch;

namespace CsmAgent.Training.Tests;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class GradientsTests
{
    [Fact]
    public void Every_worker_computes_on_one_thread_whatever_its_thread_did_before()
    {
        // The calling thread is one of the workers.
        set_num_threads(2);
        ones(8).add_(1).Dispose();

        var (gradient, counts) = Gradients.Mean(2, _ => (zeros(1), get_num_threads()));

        gradient.Dispose();
        Assert.All(counts, count => Assert.Equal(1, count));
    }

    [Fact]
    public void The_mean_weighs_every_worker_the_same()
    {
        using var scope = NewDisposeScope();

        var (gradient, reports) = Gradients.Mean(3, worker => (full([2], worker), worker));

        Assert.Equal([1f, 1f], gradient.data<float>().ToArray());
        Assert.Equal([0, 1, 2], reports);
    }
}
