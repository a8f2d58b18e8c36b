using CsmAgent.Models.Configuration;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Tensors.Sampling;
using static TorchSharp.torch;

namespace CsmAgent.Models.Parity;

/// <summary>Compares CSM with a golden folder laid out like <c>tests/fixtures/csm-tiny</c>, whatever its sizes.</summary>
public sealed class CsmParity : IDisposable
{
    /// <summary>Tolerance of hidden vectors and logits in single precision.</summary>
    public const double SinglePrecision = 1e-4;

    // Cosines at position 2047 move by 6e-8 · 2047 if a frequency is rounded the other way.
    private const double RopeTolerance = 2e-4;

    private readonly string _folder;
    private readonly GoldenFile _goldens;
    private readonly ConfigObject? _facts;

    /// <summary>Opens a folder with <c>config.json</c>, <c>golden.safetensors</c>, and <c>golden.json</c> if samples are stored.</summary>
    /// <exception cref="CheckpointException">A file is malformed.</exception>
    /// <exception cref="IOException">A file cannot be opened.</exception>
    public CsmParity(string folder)
    {
        _folder = folder;
        Config = CsmConfig.Open(Path.Combine(folder, "config.json"));
        var facts = Path.Combine(folder, "golden.json");
        _facts = File.Exists(facts) ? ConfigObject.Open(facts) : null;
        _goldens = new GoldenFile(Path.Combine(folder, "golden.safetensors"));
    }

    /// <summary>The model's shape.</summary>
    public CsmConfig Config { get; }

    private IEnumerable<string> Prompts => _goldens.Names.Where(name => name.EndsWith(".tokens", StringComparison.Ordinal))
        .Select(name => name[..^".tokens".Length])
        .Where(prompt => _goldens.Has($"{prompt}.mask") && _goldens.Has($"{prompt}.hidden"));

    /// <summary>All checks: tables, samplers, and for every weights file the functions on the processor and the session on a device.</summary>
    /// <param name="device">Where the session runs; null is the CPU.</param>
    /// <exception cref="CheckpointException">A file is malformed or contradicts the configuration.</exception>
    public IEnumerable<ParityCheck> Run(Device? device = null)
    {
        foreach (var other in Existing("config.v5.json"))
        {
            yield return new($"{Path.GetFileName(other)} reads as config.json", CsmConfig.Open(other) == Config ? 0 : 1, 0);
        }

        foreach (var check in RopeTables().Concat(Samplers()))
        {
            yield return check;
        }

        foreach (var path in Existing("model.safetensors", "original.safetensors"))
        {
            using var checkpoint = CsmCheckpoint.Open(path, Config);
            using var weights = CsmWeights.Load(checkpoint);
            using var model = TorchCsmModel.Load(new CheckpointParameters(checkpoint), device);
            foreach (var check in Functions(weights).Concat(Sessions(() => model.OpenSession())))
            {
                yield return check with { Name = $"{Path.GetFileName(path)} {check.Name}" };
            }
        }
    }

    /// <summary>Checks an implementation of <see cref="ICsmSession"/>: logits of every prompt, greedy frames, frames with stored noise.</summary>
    /// <param name="open">Opens an empty session of the folder's model; it is disposed here.</param>
    /// <param name="tolerance">The most logits may differ.</param>
    public IEnumerable<ParityCheck> Sessions(Func<ICsmSession> open, double tolerance = SinglePrecision)
    {
        foreach (var prompt in Prompts)
        {
            if (_goldens.Has($"{prompt}.greedy_frames"))
            {
                foreach (var check in Greedy(open, prompt, tolerance))
                {
                    yield return check;
                }
            }
            else
            {
                using var session = open();
                var sampler = new GoldenSampler(SamplingSettings.Greedy, []);
                session.Append(Rows(prompt));
                session.GenerateFrame(sampler, new int[Config.CodebookCount]);
                var expected = _goldens.Read<float>($"{prompt}.logits0", Config.AudioVocabularySize);
                yield return new($"session {prompt}.logits0", Differences.Largest(expected, sampler.Logits.ToArray().AsSpan(0, expected.Length)), tolerance);
            }

            if (_goldens.Has($"{prompt}.sampled_frames"))
            {
                yield return Sampled(open, prompt);
            }
        }
    }

    /// <summary>Closes the goldens.</summary>
    public void Dispose() => _goldens.Dispose();

    private IEnumerable<ParityCheck> Greedy(Func<ICsmSession> open, string prompt, double tolerance)
    {
        using var session = open();
        var sampler = new GoldenSampler(SamplingSettings.Greedy, []);
        var (codebooks, vocabulary, width) = (Config.CodebookCount, Config.AudioVocabularySize, Config.Backbone.Width);
        var frames = _goldens.Read<int>($"{prompt}.greedy_frames", -1, codebooks);
        var logits = _goldens.Read<float>($"{prompt}.greedy_logits", -1, codebooks, vocabulary);
        var steps = logits.Length / (codebooks * vocabulary);
        var hidden = new List<float>();

        session.Append(Rows(prompt));
        var found = Generate(session, sampler, steps, () => hidden.AddRange(session is TorchCsmSession torch ? torch.LastHidden() : []));

        yield return new($"session {prompt}.greedy_frames", Differences.Count(frames, found), 0);
        yield return new($"session {prompt}.greedy_logits", Differences.Largest(logits, sampler.Logits.ToArray()), tolerance);
        if (hidden.Count > 0)
        {
            var expected = _goldens.Read<float>($"{prompt}.greedy_hidden", steps, width);
            yield return new($"session {prompt}.greedy_hidden", Differences.Largest(expected, hidden.ToArray()), tolerance);
        }
    }

    private ParityCheck Sampled(Func<ICsmSession> open, string prompt)
    {
        using var session = open();
        var frames = _goldens.Read<int>($"{prompt}.sampled_frames", -1, Config.CodebookCount);
        var steps = frames.Length / Config.CodebookCount;
        var noise = _goldens.Read<float>($"{prompt}.sampled_q", steps, Config.CodebookCount, Config.AudioVocabularySize);

        session.Append(Rows(prompt));
        var found = Generate(session, new GoldenSampler(Settings($"{prompt}.sampled_frames"), noise), steps, () => { });

        return new($"session {prompt}.sampled_frames", Differences.Count(frames, found), 0);
    }

    private int[] Generate(ICsmSession session, GoldenSampler sampler, int steps, Action beforeFrame)
    {
        var found = new List<int>();
        var codes = new int[Config.CodebookCount];
        for (var step = 0; step < steps; step++)
        {
            beforeFrame();
            if (!session.GenerateFrame(sampler, codes))
            {
                break;
            }

            found.AddRange(codes);
            session.Append(new CsmRows(Config).AddFrame(codes).Cells);
        }

        return [.. found];
    }

    private IEnumerable<ParityCheck> Functions(CsmWeights weights)
    {
        foreach (var prompt in Prompts)
        {
            using var mode = inference_mode();
            using var scope = NewDisposeScope();
            foreach (var check in Functions(weights, prompt))
            {
                yield return check;
            }
        }
    }

    private List<ParityCheck> Functions(CsmWeights weights, string prompt)
    {
        var (count, width) = (_goldens.Length($"{prompt}.tokens", 0), Config.Backbone.Width);
        var rows = tensor(Array.ConvertAll(Rows(prompt), cell => (long)cell), 1, count, Config.ColumnCount);
        var layers = new List<Tensor>();
        var embeds = CsmModel.Embed(weights, rows);
        var hidden = LlamaDecoder.Forward(weights.Backbone, embeds, afterLayer: (_, x) => layers.Add(x));
        var checks = new List<ParityCheck>();
        void Compare(string golden, Tensor found, params ReadOnlySpan<int> shape)
        {
            var name = $"{prompt}.{golden}";
            if (_goldens.Has(name))
            {
                checks.Add(new ParityCheck(name, Differences.Largest(_goldens.Read<float>(name, shape), found), SinglePrecision));
            }
        }

        Compare("embeds", embeds, count, width);
        Compare("layers", stack(layers), layers.Count, count, width);
        Compare("hidden", hidden, count, width);
        Compare("logits0", CsmModel.CodebookZeroLogits(weights, hidden.select(1, -1)), Config.AudioVocabularySize);
        if (_goldens.Has($"{prompt}.forced_codes"))
        {
            var forced = _goldens.Read<int>($"{prompt}.forced_codes", Config.CodebookCount);
            if (Array.Exists(forced, code => (uint)code >= (uint)Config.AudioVocabularySize))
            {
                throw _goldens.Fault($"{prompt}.forced_codes", $"codes from 0 to {Config.AudioVocabularySize - 1}", string.Join(", ", forced));
            }

            var codes = tensor(Array.ConvertAll(forced, code => (long)code), 1, Config.CodebookCount);
            var last = tensor(_goldens.Read<float>($"{prompt}.hidden", count, width)[^width..], 1, width);
            var before = codes.narrow(1, 0, Config.CodebookCount - 1);
            Compare("forced_depth_hidden", CsmModel.DepthHidden(weights, last, before), Config.CodebookCount, Config.Depth.Width);
            Compare("forced_depth_logits", CsmModel.DepthLogits(weights, last, codes), Config.CodebookCount - 1, Config.AudioVocabularySize);
        }

        return checks;
    }

    private IEnumerable<ParityCheck> RopeTables()
    {
        foreach (var (name, decoder) in new[] { ("rope.backbone", Config.Backbone), ("rope.depth", Config.Depth) })
        {
            var half = decoder.HeadWidth / 2;
            var table = new RopeTable(decoder.Rope, decoder.HeadWidth, decoder.MaxPositions);
            if (_goldens.Has($"{name}.inv_freq"))
            {
                var expected = _goldens.Read<float>($"{name}.inv_freq", half);
                yield return new($"{name}.inv_freq", Differences.Largest(expected, table.Frequencies), 1e-7);
            }

            foreach (var (golden, values) in new[] { ($"{name}.cos", table.Cos), ($"{name}.sin", table.Sin) })
            {
                if (_goldens.Has(golden))
                {
                    var positions = _goldens.Read<int>("rope.positions", -1);
                    var expected = _goldens.Read<float>(golden, positions.Length, half);
                    yield return new(golden, Differences.Largest(expected, RowsAt(values, positions, half)), RopeTolerance);
                }
            }
        }
    }

    private float[] RowsAt(float[] table, int[] positions, int width) => Array.Exists(positions, position => position < 0 || (position + 1) * width > table.Length)
        ? throw new CheckpointException(_folder, "rope.positions", $"positions below {table.Length / width}", string.Join(", ", positions))
        : [.. positions.SelectMany(position => table[(position * width)..((position + 1) * width)])];

    private IEnumerable<ParityCheck> Samplers()
    {
        foreach (var name in _goldens.Names.Where(name => name.EndsWith(".token", StringComparison.Ordinal)).Select(name => name[..^".token".Length]))
        {
            var (rows, ids) = (_goldens.Length($"{name}.logits", 0), _goldens.Length($"{name}.logits", 1));
            var logits = _goldens.Read<float>($"{name}.logits", rows, ids);
            var noise = _goldens.Read<float>($"{name}.q", rows, ids);
            var settings = Settings(name);
            if (Array.Exists(logits, float.IsNaN))
            {
                throw _goldens.Fault($"{name}.logits", "numbers", "NaN");
            }

            var found = Enumerable.Range(0, rows)
                .Select(row => TopKSampling.Sample(logits.AsSpan(row * ids, ids), settings, noise.AsSpan(row * ids, ids))).ToArray();
            yield return new($"{name}.token", Differences.Count(_goldens.Read<int>($"{name}.token", rows), found), 0);
        }
    }

    private SamplingSettings Settings(string name)
    {
        var facts = (_facts ?? throw new CheckpointException(_folder, "golden.json", "the settings of the stored samples", "no such file"))
            .Child("sampling").Child(name);
        return new SamplingSettings((float)facts.Number("temperature", 0, 100), facts.WholeNumber("topk", 1, int.MaxValue));
    }

    private int[] Rows(string prompt)
    {
        var cells = _goldens.Read<int>($"{prompt}.tokens", -1, Config.ColumnCount);
        var mask = _goldens.Read<byte>($"{prompt}.mask", cells.Length / Config.ColumnCount, Config.ColumnCount);
        for (var i = 0; i < cells.Length; i++)
        {
            cells[i] = mask[i] != 0 ? cells[i] : CsmRows.Off;
        }

        try
        {
            return CsmRows.Require(Config, cells) <= Config.Backbone.MaxPositions
                ? cells
                : throw _goldens.Fault($"{prompt}.tokens", $"at most {Config.Backbone.MaxPositions} rows", $"{cells.Length / Config.ColumnCount}");
        }
        catch (ArgumentException fault)
        {
            throw _goldens.Fault($"{prompt}.tokens", "whole rows of ids within their vocabularies", fault.Message);
        }
    }

    private IEnumerable<string> Existing(params string[] names) => names.Select(name => Path.Combine(_folder, name)).Where(File.Exists);
}
