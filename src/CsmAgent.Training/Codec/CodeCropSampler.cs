using CsmAgent.Training.Corpus;
using CsmAgent.Training.Speech;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Draws crops of codes with their recordings. The codes come from whole utterances, so they know their past.</summary>
/// <param name="corpus">The corpus; borrowed.</param>
/// <param name="codes">Its codes; borrowed.</param>
/// <param name="seed">Chooses everything.</param>
/// <param name="drawn">A speech model's codes; null for recordings' codes alone.</param>
/// <param name="drawnShare">Share of the crops that are a speech model's, where there is one.</param>
public sealed class CodeCropSampler(PreparedCorpus corpus, CodeCache codes, int seed, DrawnCodes? drawn, double drawnShare)
{
    // Fewer codebooks still make sound, but every codebook is what is spoken with.
    private const int FewerEvery = 8;
    private readonly CropSampler _crops = new(corpus, heldOut: false, seed);

    /// <summary>One worker's crops of a step.</summary>
    /// <param name="step">Steps taken before.</param>
    /// <param name="worker">The worker.</param>
    /// <param name="batch">Crops.</param>
    /// <param name="frames">Frames per crop; shorter utterances are padded with their last frame and silence.</param>
    /// <returns>Tensors owned by the current dispose scope.</returns>
    public CodeCrops Next(long step, int worker, int batch, int frames)
    {
        var random = CropSampler.RandomOf(seed, step, worker);
        var (length, codebooks) = (frames * 1_920, codes.Codebooks);
        var cells = new long[batch * frames * codebooks];
        var audio = new float[batch * length];
        var phones = new long[batch * frames * PhoneRuns.LabelsPerFrame];
        for (var b = 0; b < batch; b++)
        {
            var (item, first) = _crops.Draw(random, frames);
            var count = corpus.Items[item].Frames;
            var own = drawn is not null && random.NextDouble() < drawnShare ? drawn.Item(item, count) : codes.Item(item, count);
            for (var t = 0; t < frames; t++)
            {
                for (var k = 0; k < codebooks; k++)
                {
                    cells[(((b * codebooks) + k) * frames) + t] = own[(Math.Min(first + t, count - 1) * codebooks) + k];
                }
            }

            corpus.Read(item, first * 1_920, audio.AsSpan(b * length, length));
            var labels = corpus.Labels(item)[(first * PhoneRuns.LabelsPerFrame)..];
            for (var i = 0; i < Math.Min(labels.Length, frames * PhoneRuns.LabelsPerFrame); i++)
            {
                phones[(b * frames * PhoneRuns.LabelsPerFrame) + i] = labels[i];
            }
        }

        var all = tensor(cells, [batch, codebooks, frames]);
        var kept = random.Next(FewerEvery) > 0 ? codebooks : random.Next(2, codebooks + 1);
        return new(all.narrow(1, 0, kept), tensor(audio, [batch, 1, length]), tensor(phones, [batch, frames * PhoneRuns.LabelsPerFrame]));
    }
}
