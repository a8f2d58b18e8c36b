using CsmAgent.Training.Corpus;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Draws augmented crops. A step's crops depend on seed, step and worker alone, so a resumed run draws the same.</summary>
public sealed class CropSampler
{
    private readonly PreparedCorpus _corpus;
    private readonly int[] _items;
    private readonly long[] _ends;
    private readonly int _seed;

    /// <summary>Draws from the items of one side of the split, in proportion to their length.</summary>
    /// <param name="corpus">The corpus; borrowed.</param>
    /// <param name="heldOut">Which side.</param>
    /// <param name="seed">Chooses everything.</param>
    public CropSampler(PreparedCorpus corpus, bool heldOut, int seed)
    {
        (_corpus, _seed) = (corpus, seed);
        _items = [.. Enumerable.Range(0, corpus.Items.Count).Where(i => corpus.Items[i].IsHeldOut == heldOut)];
        _ends = new long[_items.Length];
        long end = 0;
        for (var i = 0; i < _items.Length; i++)
        {
            _ends[i] = end += corpus.Items[_items[i]].Frames;
        }
    }

    /// <summary>The source of randomness of one worker's step.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="step">Steps taken before.</param>
    /// <param name="worker">The worker.</param>
    public static Random RandomOf(int seed, long step, int worker) =>
        new(unchecked((int)((((seed * 1_000_003L) + step) * 2_654_435_761L) >> 7) ^ (worker * 40_503)));

    /// <summary>An item and the first frame of a crop in it.</summary>
    /// <param name="random">Source of randomness.</param>
    /// <param name="frames">Length of the crop.</param>
    public (int Item, int FirstFrame) Draw(Random random, int frames)
    {
        var at = random.NextInt64(_ends[^1]);
        var index = Array.BinarySearch(_ends, at + 1);
        var item = _items[index < 0 ? ~index : index];
        return (item, random.Next(Math.Max(0, _corpus.Items[item].Frames - frames) + 1));
    }

    /// <summary>One worker's crops of a step.</summary>
    /// <param name="step">Steps taken before.</param>
    /// <param name="worker">The worker.</param>
    /// <param name="batch">Crops.</param>
    /// <param name="frames">Frames per crop.</param>
    /// <param name="acousticCodebooks">How many there are.</param>
    /// <returns>Tensors owned by the current dispose scope.</returns>
    public CropBatch Next(long step, int worker, int batch, int frames, int acousticCodebooks)
    {
        var random = RandomOf(_seed, step, worker);
        var length = frames * 1_920;
        var labelsPerCrop = length / PhoneRuns.SamplesPerLabel;
        var wanted = new float[batch * length];
        var heard = new float[batch * length];
        var phones = new long[batch * labelsPerCrop];
        var active = new float[batch];
        var bypass = new float[batch];
        for (var b = 0; b < batch; b++)
        {
            var (item, frame) = Draw(random, frames);
            var crop = wanted.AsSpan(b * length, length);
            _corpus.Read(item, frame * 1_920, crop);
            Augment(random, crop, heard.AsSpan(b * length, length));
            var labels = _corpus.Labels(item);
            for (var i = 0; i < labelsPerCrop; i++)
            {
                var label = (frame * 1_920 / PhoneRuns.SamplesPerLabel) + i;
                phones[(b * labelsPerCrop) + i] = label < labels.Length ? labels[label] : 0;
            }

            // Half of the crops keep all codebooks, so that the whole stack is trained most.
            active[b] = random.Next(2) == 0 ? acousticCodebooks : random.Next(1, acousticCodebooks + 1);
            bypass[b] = random.NextDouble() < 0.1 ? 1 : 0;
        }

        return new(
            tensor(heard, [batch, 1, length]), tensor(wanted, [batch, 1, length]), tensor(phones, [batch, labelsPerCrop]),
            tensor(active), tensor(bypass, [batch, 1, 1]));
    }

    // Level −10 to +4 dB; on one crop in eight, noise 30 to 60 dB below full scale that only the encoder hears.
    private static void Augment(Random random, Span<float> wanted, Span<float> heard)
    {
        var gain = (float)Math.Pow(10, ((random.NextDouble() * 14) - 10) / 20);
        for (var i = 0; i < wanted.Length; i++)
        {
            wanted[i] = Math.Clamp(wanted[i] * gain, -1, 1);
        }

        wanted.CopyTo(heard);
        if (random.NextDouble() < 0.12)
        {
            var level = (float)Math.Pow(10, -((random.NextDouble() * 30) + 30) / 20);
            var previous = 0f;
            for (var i = 0; i < heard.Length; i++)
            {
                // Uniform numbers are noise enough; the previous one gives them a falling spectrum.
                var white = (float)((random.NextDouble() * 2) - 1) * 1.7f;
                heard[i] = Math.Clamp(heard[i] + (level * (white + (0.9f * previous))), -1, 1);
                previous = white;
            }
        }
    }
}
