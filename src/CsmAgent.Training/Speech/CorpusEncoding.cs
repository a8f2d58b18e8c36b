using System.Runtime.InteropServices;
using CsmAgent.Models.Mimi;
using CsmAgent.Training.Corpus;
using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>Encodes a whole corpus, on all cores.</summary>
internal static class CorpusEncoding
{
    /// <summary>Encodes every item from each of its starts: delayed, with silence before it. The silence at its end gives way, not its beginning,
    /// for speech begins at an item's third label already.</summary>
    /// <typeparam name="T">Element type of what the encoder gives.</typeparam>
    /// <param name="corpus">The corpus; borrowed.</param>
    /// <param name="codecFolder">The codec.</param>
    /// <param name="starts">Starts of every utterance, spread over a frame: 1, 2 or 4.</param>
    /// <param name="width">Numbers per frame.</param>
    /// <param name="encode">Audio (1, 1, T) to (1, <paramref name="width"/>, frames).</param>
    /// <param name="progress">Told the share done; null for silence.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Row-major [starts, frames, width].</returns>
    public static T[] Run<T>(
        PreparedCorpus corpus, string codecFolder, int starts, int width, Func<Tensor, MimiWeights, Tensor> encode, IProgress<double>? progress,
        CancellationToken cancellationToken)
        where T : unmanaged
    {
        using var codec = MimiCheckpoint.Load(codecFolder);
        var (firsts, frames) = CodeCache.FirstFrames(corpus);
        var encoded = new T[starts * frames * width];
        var later = PhoneRuns.LabelsPerFrame / starts * PhoneRuns.SamplesPerLabel;
        var done = 0;
        Parallel.For(0, starts * corpus.Items.Count, new() { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, number =>
        {
            set_num_threads(1);
            using var mode = inference_mode();
            using var scope = NewDisposeScope();
            var (start, item) = Math.DivRem(number, corpus.Items.Count);
            var audio = new float[corpus.Items[item].Samples];
            corpus.Read(item, 0, audio.AsSpan(start * later));
            var bytes = encode(tensor(audio, [1, 1, audio.Length]), codec).select(0, 0).t().contiguous().bytes;
            MemoryMarshal.Cast<byte, T>(bytes).CopyTo(encoded.AsSpan((int)(((start * frames) + firsts[item]) * width)));
            var sofar = Interlocked.Increment(ref done);
            if (sofar % 50 == 0)
            {
                progress?.Report((double)sofar / (starts * corpus.Items.Count));
            }
        });

        return encoded;
    }
}
