using CsmAgent.Tensors.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Training.Optimization;

/// <summary>Computes gradients of one batch in several threads, each with its own share.</summary>
/// <remarks>One Torch thread per worker instead of several in every operation: no barrier inside an operation, so that a
/// busy machine costs the time it takes away and not a stall at each of thousands of barriers. The sum runs in worker
/// order, so results do not depend on timing.</remarks>
public static class Gradients
{
    /// <summary>Runs every worker and averages their flat gradients.</summary>
    /// <typeparam name="T">What a worker reports besides its gradient.</typeparam>
    /// <param name="workers">How many.</param>
    /// <param name="work">Given the worker's number, computes loss and backward pass in the dispose scope opened for it and
    /// returns the flat gradient and its report.</param>
    /// <returns>The mean gradient, owned by the caller's dispose scope, and the reports in worker order.</returns>
    public static (Tensor Gradient, IReadOnlyList<T> Reports) Mean<T>(int workers, Func<int, (Tensor Gradient, T Report)> work)
    {
        var gradients = new Tensor[workers];
        var reports = new T[workers];
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, worker =>
        {
            // Per thread: one of the pool that has already run an operation keeps its own count, and how a sum is split decides its last bits.
            set_num_threads(1);
            using var scope = NewDisposeScope();
            var (gradient, report) = work(worker);
            gradients[worker] = gradient.DetachFromDisposeScope();
            reports[worker] = report;
        });
        using var guard = no_grad();
        var sum = gradients[0].div(Constant.Of(workers));
        foreach (var gradient in gradients.Skip(1))
        {
            sum.add_(gradient, alpha: Constant.Of(1.0 / workers));
        }

        foreach (var gradient in gradients)
        {
            gradient.Dispose();
        }

        return (sum, reports);
    }

    /// <summary>Scales a gradient down to a largest norm.</summary>
    /// <param name="gradient">(N), changed in place.</param>
    /// <param name="largest">The largest norm.</param>
    /// <returns>The norm before; not finite if any element is not.</returns>
    public static double Clip(Tensor gradient, double largest)
    {
        using var guard = no_grad();
        using var square = gradient.dot(gradient);
        var norm = Math.Sqrt(square.item<float>());
        if (norm > largest)
        {
            using Scalar factor = largest / norm;
            gradient.mul_(factor);
        }

        return norm;
    }
}
