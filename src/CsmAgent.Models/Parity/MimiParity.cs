using CsmAgent.Models.Mimi;
using CsmAgent.Models.Mimi.Streaming;
using CsmAgent.Tensors.Safetensors;
using static TorchSharp.torch;

namespace CsmAgent.Models.Parity;

/// <summary>Compares Mimi with a golden folder laid out like <c>tests/fixtures/mimi-tiny</c>, whatever its sizes.</summary>
public sealed class MimiParity
{
    /// <summary>Tolerance of latents and everything at 25 Hz.</summary>
    public const double LatentTolerance = 1e-4;

    /// <summary>Tolerance of audio.</summary>
    public const double AudioTolerance = 1e-5;

    private const int Frame = MimiConfig.FrameSamples;

    private static readonly string[] WeightsFiles = ["model.safetensors", "moshi.safetensors"];

    private readonly string _folder;
    private readonly Device _device;

    /// <summary>Names a folder with <c>config.json</c>, <c>golden.safetensors</c> and weights under their published names;
    /// optionally the same with another window (<c>config.w250.json</c>, <c>golden.w250.safetensors</c>).</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="device">Where the codec runs; null is the CPU.</param>
    public MimiParity(string folder, Device? device = null) => (_folder, _device) = (folder, device ?? CPU);

    /// <summary>All checks, for every weights file: each offline stage, and streaming with the exact ring and with the release's.</summary>
    /// <exception cref="InvalidDataException">A configuration is not Mimi's.</exception>
    /// <exception cref="CheckpointException">A file is malformed or contradicts the configuration.</exception>
    public IEnumerable<ParityCheck> Run()
    {
        foreach (var file in WeightsFiles.Where(file => File.Exists(Path.Combine(_folder, file))))
        {
            using var checkpoint = Checkpoint.Open(Path.Combine(_folder, file));
            using var goldens = new GoldenFile(Path.Combine(_folder, "golden.safetensors"));
            using (var weights = MimiCheckpoint.Load(checkpoint, MimiConfig.Load(Path.Combine(_folder, "config.json")), device: _device))
            {
                foreach (var check in Run(weights, goldens, repeat: 1))
                {
                    yield return check with { Name = $"{file} {check.Name}" };
                }
            }

            if (File.Exists(Path.Combine(_folder, "golden.w250.safetensors")))
            {
                using var wide = new GoldenFile(Path.Combine(_folder, "golden.w250.safetensors"));
                using var weights = MimiCheckpoint.Load(checkpoint, MimiConfig.Load(Path.Combine(_folder, "config.w250.json")), device: _device);
                foreach (var check in Run(weights, wide, repeat: 2, inputFrom: goldens))
                {
                    yield return check with { Name = $"{file} w250 {check.Name}" };
                }
            }
        }
    }

    private static List<ParityCheck> Run(MimiWeights weights, GoldenFile goldens, int repeat, GoldenFile? inputFrom = null)
    {
        var input = Samples(inputFrom ?? goldens);
        var comparison = new Comparison(weights, goldens, [.. Enumerable.Repeat(input, repeat).SelectMany(samples => samples)]);
        using var mode = inference_mode();
        comparison.Offline();
        comparison.FirstFrame();
        comparison.OddLength();
        comparison.Streaming(MimiRing.Exact, "exact ring ", string.Empty);
        comparison.Streaming(MimiRing.AsReleased, string.Empty, "stream.");
        return comparison.Checks;
    }

    private static float[] Samples(GoldenFile goldens)
    {
        var input = goldens.Read<float>("input", 1, 1, -1);
        return input.Length > 0 && input.Length % Frame == 0 && Array.TrueForAll(input, float.IsFinite)
            ? input
            : throw goldens.Fault("input", $"a positive multiple of {Frame} finite samples", $"{input.Length} samples or some that are no number");
    }

    private sealed class Comparison(MimiWeights weights, GoldenFile goldens, float[] input)
    {
        private readonly int _codebooks = weights.Config.Codebooks;
        private readonly Device _device = weights.SemanticIn.device;

        public List<ParityCheck> Checks { get; } = [];

        public void Offline()
        {
            using var scope = NewDisposeScope();
            var convolved = MimiConvolutions.Encode(tensor(input, 1, 1, input.Length, device: _device), weights.Encoder);
            var attended = MimiTransformers.Forward(convolved, weights.EncoderTransformer, weights.Config);
            var latent = MimiConvolutions.ForwardFromFirst(attended, weights.Downsample);
            Compare("seanet_out", convolved);
            Compare("enc_transformer_out", attended);
            Compare("latent", latent);
            Compare("codes", Rows(MimiQuantizer.Encode(latent, weights, _codebooks)));
            Compare("codebook_vectors", stack(weights.Codebooks));

            var codes = StoredCodes("codes");
            var quantized = MimiQuantizer.Decode(codes, weights);
            var upsampled = MimiConvolutions.Transposed(quantized, weights.Upsample);
            var spoken = MimiTransformers.Forward(upsampled, weights.DecoderTransformer, weights.Config);
            var audio = MimiConvolutions.Decode(spoken, weights.Decoder);
            Compare("quantized", quantized);
            Compare("upsampled", upsampled);
            Compare("dec_transformer_out", spoken);
            Compare("audio", audio, AudioTolerance);
            CompareTail(string.Empty, "audio_from_frame_", audio.cpu().data<float>().ToArray());
            foreach (var name in goldens.Names.Where(name => name.StartsWith("audio_first", StringComparison.Ordinal)))
            {
                if (int.TryParse(name["audio_first".Length..], out var count) && count > 0 && count <= _codebooks)
                {
                    var few = codes.narrow(1, 0, count).narrow(2, 0, Math.Min(goldens.Length(name, 2) / Frame, codes.size(2)));
                    Compare(name, MimiCodec.Decode(few, weights), AudioTolerance);
                }
            }
        }

        public void FirstFrame()
        {
            using var scope = NewDisposeScope();
            var module = 0;
            MimiConvolutions.Encode(tensor(input[..Frame], 1, 1, Frame, device: _device), weights.Encoder, x => Compare($"frame0.encoder.{module++}", x));
            if (goldens.Has("dec_transformer_out") && goldens.Length("dec_transformer_out", 2) >= MimiConfig.PositionsPerFrame)
            {
                var spoken = goldens.Read<float>("dec_transformer_out", 1, weights.Config.HiddenSize, -1);
                var first = tensor(spoken, 1, weights.Config.HiddenSize, spoken.Length / weights.Config.HiddenSize, device: _device).narrow(2, 0, MimiConfig.PositionsPerFrame);
                module = 0;
                MimiConvolutions.Decode(first, weights.Decoder, x => Compare($"frame0.decoder.{module++}", x));
            }
        }

        // The cut is 1237 samples into the last frame. transformers pads elsewhere, which only the last frame feels.
        public void OddLength()
        {
            if (!goldens.Has("odd.codes"))
            {
                return;
            }

            using var scope = NewDisposeScope();
            var frames = goldens.Length("odd.codes", 2);
            if (frames < 2 || frames * Frame > input.Length)
            {
                throw goldens.Fault("odd.codes", $"2 to {input.Length / Frame} frames", $"{frames}");
            }

            var latent = MimiCodec.Latent(tensor(input, 1, 1, input.Length, device: _device).narrow(2, 0, ((frames - 1) * Frame) + 1237), weights);
            var codes = MimiQuantizer.Encode(latent, weights, _codebooks);
            Compare("odd.latent", latent);
            Compare("odd.codes", Rows(codes));
            if (goldens.Has("odd.transformers.codes"))
            {
                var theirs = StoredCodes("odd.transformers.codes").narrow(2, 0, frames - 1);
                var different = theirs.ne(codes.narrow(2, 0, frames - 1)).sum().item<long>();
                Checks.Add(new("odd.transformers.codes before the last frame", different, 0));
            }
        }

        public void Streaming(MimiRing ring, string label, string prefix)
        {
            if (!goldens.Has($"{prefix}codes"))
            {
                return;
            }

            using var encoder = new TorchMimiEncoder(weights, ring: ring);
            var codes = new int[input.Length / Frame * _codebooks];
            using (NewDisposeScope())
            {
                var latents = new List<Tensor>();
                for (var frame = 0; frame < input.Length / Frame; frame++)
                {
                    encoder.Encode(
                        input.AsSpan(frame * Frame, Frame), codes.AsSpan(frame * _codebooks, _codebooks), latent => latents.Add(latent.MoveToOuterDisposeScope()));
                }

                Compare($"{prefix}latent", cat(latents, 2), label: label);
            }

            Compare($"{prefix}codes", codes, label);
            var stored = StoredRows($"{prefix}codes");
            var audio = Decode(ring, stored);
            CompareStart($"{prefix}audio", audio, label);
            CompareTail(prefix, "audio_from_frame_", audio, label);
            if (prefix.Length > 0 && goldens.Has($"{prefix}audio_from_offline_codes"))
            {
                CompareStart($"{prefix}audio_from_offline_codes", Decode(ring, StoredRows("codes")), label);
            }
        }

        private float[] Decode(MimiRing ring, int[] codes)
        {
            using var decoder = new TorchMimiDecoder(weights, ring: ring);
            var audio = new float[codes.Length / _codebooks * Frame];
            for (var frame = 0; frame < codes.Length / _codebooks; frame++)
            {
                decoder.Decode(codes.AsSpan(frame * _codebooks, _codebooks), audio.AsSpan(frame * Frame, Frame));
            }

            return audio;
        }

        private void Compare(string name, Tensor found, double tolerance = LatentTolerance, string label = "")
        {
            if (goldens.Has(name))
            {
                var shape = Array.ConvertAll(found.shape, size => (int)size);
                Checks.Add(new(label + name, Differences.Largest(goldens.Read<float>(name, shape), found), tolerance));
            }
        }

        private void Compare(string name, int[] rows, string label = "")
        {
            if (goldens.Has(name))
            {
                Checks.Add(new(label + name, Differences.Count(StoredRows(name), rows), 0));
            }
        }

        private void CompareStart(string name, float[] audio, string label)
        {
            if (goldens.Has(name))
            {
                var expected = goldens.Read<float>(name, 1, 1, -1);
                Checks.Add(new(label + name, Differences.Largest(expected, audio.AsSpan(0, Math.Min(expected.Length, audio.Length))), AudioTolerance));
            }
        }

        private void CompareTail(string prefix, string stem, float[] audio, string label = "")
        {
            foreach (var name in goldens.Names.Where(name => name.StartsWith(prefix + stem, StringComparison.Ordinal)))
            {
                if (int.TryParse(name[(prefix.Length + stem.Length)..], out var frame) && frame >= 0 && (long)frame * Frame <= audio.Length)
                {
                    var expected = goldens.Read<float>(name, 1, 1, -1);
                    Checks.Add(new(label + name, Differences.Largest(expected, audio.AsSpan(frame * Frame)), AudioTolerance));
                }
            }
        }

        private Tensor StoredCodes(string name)
        {
            var stored = goldens.Read<int>(name, 1, _codebooks, -1);
            if (stored.Length == 0 || Array.Exists(stored, code => (uint)code >= (uint)weights.Config.CodebookSize))
            {
                throw goldens.Fault(name, $"at least one frame of codes from 0 to {weights.Config.CodebookSize - 1}", "none, or others");
            }

            return tensor(Array.ConvertAll(stored, code => (long)code), 1, _codebooks, stored.Length / _codebooks, device: _device);
        }

        private int[] StoredRows(string name)
        {
            using var scope = NewDisposeScope();
            return Rows(StoredCodes(name));
        }

        // [1, K, T] to row-major [T, K]
        private static int[] Rows(Tensor codes) => [.. codes[0].t().cpu().contiguous().data<long>().Select(code => (int)code)];
    }
}
