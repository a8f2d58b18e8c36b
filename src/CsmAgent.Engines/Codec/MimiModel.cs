using CsmAgent.Conversation.Ports;
using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Safetensors;
using TorchSharp;

namespace CsmAgent.Engines.Codec;

/// <summary>A loaded Mimi, and the one place that says by which path its streams run. Only the inference thread calls it.</summary>
internal sealed class MimiModel : IDisposable
{
    private readonly MimiWeights _weights;

    private MimiModel(MimiWeights weights) => _weights = weights;

    public int CodebookCount => _weights.Config.Codebooks;

    /// <exception cref="EngineException">The folder holds no Mimi that can be read.</exception>
    public static MimiModel Load(string folder)
    {
        try
        {
            return new MimiModel(MimiCheckpoint.Load(folder));
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or CheckpointException or UnauthorizedAccessException)
        {
            throw new EngineException($"The speech codec in {folder} cannot be loaded: {fault.Message}", fault);
        }
    }

    public IMimiEncoder OpenEncoder() => new WindowedMimi(_weights);

    public IMimiDecoder OpenDecoder() => new WindowedMimi(_weights);

    public void Dispose() => _weights.Dispose();

    /// <summary>Runs the whole-signal path over the last few frames: near the stream's codes, not equal to them, because the
    /// transformers look back further.</summary>
    private sealed class WindowedMimi(MimiWeights weights) : IMimiEncoder, IMimiDecoder
    {
        private const int History = 3;
        private readonly List<float[]> _frames = [];
        private readonly List<int[]> _codes = [];

        public int[] Encode(ReadOnlySpan<float> samples)
        {
            Push(_frames, samples.ToArray());
            using var mode = torch.inference_mode();
            using var scope = torch.NewDisposeScope();
            var audio = torch.tensor(_frames.SelectMany(frame => frame).ToArray()).view(1, 1, -1);
            return [.. MimiCodec.Encode(audio, weights)[0, .., -1].data<long>().Select(code => (int)code)];
        }

        public float[] Decode(ReadOnlySpan<int> codes)
        {
            Push(_codes, codes.ToArray());
            using var mode = torch.inference_mode();
            using var scope = torch.NewDisposeScope();
            var columns = torch.tensor(_codes.SelectMany(frame => frame).Select(code => (long)code).ToArray()).view(1, _codes.Count, -1).transpose(1, 2);
            return MimiCodec.Decode(columns, weights)[0, 0, -MimiConfig.FrameSamples..].data<float>().ToArray();
        }

        public void Reset()
        {
            _frames.Clear();
            _codes.Clear();
        }

        public void Dispose() => Reset();

        private static void Push<T>(List<T> history, T item)
        {
            if (history.Count == History)
            {
                history.RemoveAt(0);
            }

            history.Add(item);
        }
    }
}
