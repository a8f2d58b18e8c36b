using System.Buffers;

namespace CsmAgent.Tensors.Sampling;

/// <summary>
/// Temperature and top-k sampling by the exponential trick: with q ~ Exp(1), argmax(p / q) is a draw from p. Taken in the
/// logarithm, argmax(logit / T − ln q), softmax is not needed at all.
/// </summary>
public static class TopKSampling
{
    /// <summary>The first index of the largest logit.</summary>
    /// <exception cref="ArgumentException">There are no logits.</exception>
    /// <exception cref="ArithmeticException">A logit is NaN.</exception>
    public static int ArgMax(ReadOnlySpan<float> logits)
    {
        RequireNumbers(logits);
        var best = 0;
        for (var id = 1; id < logits.Length; id++)
        {
            if (logits[id] > logits[best])
            {
                best = id;
            }
        }

        return best;
    }

    /// <summary>Draws an id with given noise.</summary>
    /// <param name="logits">One logit per id.</param>
    /// <param name="settings">Temperature and top-k.</param>
    /// <param name="noise">Exponential(1) noise, one value above 0 per id; unused at temperature 0.</param>
    /// <exception cref="ArgumentException">There are no logits, or not one noise value per logit.</exception>
    /// <exception cref="ArithmeticException">A logit is NaN.</exception>
    public static int Sample(ReadOnlySpan<float> logits, SamplingSettings settings, ReadOnlySpan<float> noise)
    {
        if (noise.Length != logits.Length)
        {
            throw new ArgumentException($"{noise.Length} noise values for {logits.Length} logits.", nameof(noise));
        }

        if (settings.Temperature == 0)
        {
            return ArgMax(logits);
        }

        var limit = KthLargest(logits, settings.TopK);
        var choice = new Choice(settings.Temperature);
        for (var id = 0; id < logits.Length; id++)
        {
            if (logits[id] >= limit)
            {
                choice.Offer(id, logits[id], noise[id]);
            }
        }

        return choice.Id;
    }

    /// <summary>Draws an id with noise made from a seed, computed only for the ids that are kept.</summary>
    /// <param name="logits">One logit per id.</param>
    /// <param name="settings">Temperature and top-k.</param>
    /// <param name="noise">Where noise comes from.</param>
    /// <param name="draw">Number of this draw.</param>
    /// <exception cref="ArgumentException">There are no logits.</exception>
    /// <exception cref="ArithmeticException">A logit is NaN.</exception>
    public static int Sample(ReadOnlySpan<float> logits, SamplingSettings settings, ExponentialNoise noise, long draw)
    {
        if (settings.Temperature == 0)
        {
            return ArgMax(logits);
        }

        var limit = KthLargest(logits, settings.TopK);
        var choice = new Choice(settings.Temperature);
        for (var id = 0; id < logits.Length; id++)
        {
            if (logits[id] >= limit)
            {
                choice.Offer(id, logits[id], noise.At(draw, id));
            }
        }

        return choice.Id;
    }

    /// <summary>The k-th largest logit; the smallest if there are fewer than k.</summary>
    /// <exception cref="ArgumentException">There are no logits.</exception>
    /// <exception cref="ArithmeticException">A logit is NaN.</exception>
    public static float KthLargest(ReadOnlySpan<float> logits, int k)
    {
        RequireNumbers(logits);
        var rented = ArrayPool<float>.Shared.Rent(logits.Length);
        try
        {
            var values = rented.AsSpan(0, logits.Length);
            logits.CopyTo(values);
            return SelectDescending(values, Math.Min(k, values.Length) - 1);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    // Quickselect with a median-of-three pivot.
    private static float SelectDescending(Span<float> values, int rank)
    {
        var (low, high) = (0, values.Length - 1);
        while (low < high)
        {
            var (first, middle, last) = (values[low], values[(low + high) / 2], values[high]);
            var pivot = Math.Max(Math.Min(first, middle), Math.Min(Math.Max(first, middle), last));
            var (left, right) = (low, high);
            while (left <= right)
            {
                while (values[left] > pivot)
                {
                    left++;
                }

                while (values[right] < pivot)
                {
                    right--;
                }

                if (left <= right)
                {
                    (values[left], values[right]) = (values[right], values[left]);
                    left++;
                    right--;
                }
            }

            if (rank <= right)
            {
                high = right;
            }
            else if (rank >= left)
            {
                low = left;
            }
            else
            {
                return values[rank];
            }
        }

        return values[rank];
    }

    private static void RequireNumbers(ReadOnlySpan<float> logits)
    {
        if (logits.IsEmpty)
        {
            throw new ArgumentException("There are no logits to sample from.", nameof(logits));
        }

        for (var id = 0; id < logits.Length; id++)
        {
            if (float.IsNaN(logits[id]))
            {
                throw new ArithmeticException($"Logit {id} of {logits.Length} is NaN: the model's input or weights hold NaN.");
            }
        }
    }

    private struct Choice(float temperature)
    {
        private double _score = double.NegativeInfinity;

        public int Id { get; private set; } = -1;

        public void Offer(int id, float logit, float noise)
        {
            var score = ((double)logit / temperature) - Math.Log(noise);
            if (Id < 0 || score > _score)
            {
                (Id, _score) = (id, score);
            }
        }
    }
}
