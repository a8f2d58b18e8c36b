using System.CommandLine;
using CsmAgent.Engines.Bench;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Cli.Verbs.Bench;

/// <summary>One measurement and its options.</summary>
internal sealed class BenchPartVerb : Verb
{
    private readonly Measure _measure;
    private readonly Option<string> _precision = new("--precision") { Description = "int4, mixed (int8 backbone over int4), int8, bf16 or fp32; fp16 on a device; auto is int4, or what suits the device.", DefaultValueFactory = _ => "auto" };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads that compute.", DefaultValueFactory = _ => Math.Min(2, Environment.ProcessorCount) };
    private readonly Option<string?> _model = new("--model") { Description = "A folder with config.json and model.safetensors; without it random weights of full size." };
    private readonly Option<int> _frames = new("--frames") { Description = "Frames to measure.", DefaultValueFactory = _ => 60 };
    private readonly Option<int> _positions = new("--positions") { Description = "Rows in the context.", DefaultValueFactory = _ => 400 };
    private readonly Option<int> _group = new("--group") { Description = "Columns per scale in int4 and int8, a multiple of 16.", DefaultValueFactory = _ => 64 };
    private readonly Option<bool> _baseline = new("--baseline") { Description = "frame: also times Torch's own int4 kernels, after ours." };
    private readonly Option<string?> _cache = new("--cache") { Description = "A folder that keeps the packed random weights from one measurement to the next (1 to 6 GB each)." };
    private readonly Option<string> _device = new("--device") { Description = "cpu (our kernels), or cuda, mps, auto or torch-cpu (Torch in bf16, fp16 or fp32).", DefaultValueFactory = _ => "cpu" };
    private readonly Option<FileInfo?> _json = new("--json") { Description = "Also writes the figures to this file." };

    public BenchPartVerb(Shell shell, string name, string description, Measure measure)
        : base(shell, name, description, $"bench {name}", $"bench {name} --precision int8 --json figures.json")
    {
        _measure = measure;
        foreach (var option in (Option[])[_precision, _threads, _model, _frames, _positions, _group, _baseline, _cache, _json])
        {
            Options.Add(option);
        }

        _precision.AcceptOnlyFromAmong("auto", "int4", "mixed", "int8", "bf16", "fp16", "fp32");
        if (name == "frame")
        {
            Options.Add(_device);
        }

        _device.AcceptOnlyFromAmong("cpu", "cuda", "mps", "auto", "torch-cpu");
        InRange(_threads, 1, 64);
        InRange(_frames, 1, 100_000);
        InRange(_positions, 1, 1_900);
        _group.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var size && (size < 16 || size > 1024 || size % 16 != 0))
            {
                result.AddError($"--group {size}: expected a multiple of 16 from 16 to 1024.");
            }
        });
    }

    /// <summary>A runner of <c>CsmAgent.Engines.Bench</c>.</summary>
    public delegate BenchReport Measure(BenchOptions options, Action<string> progress, CancellationToken cancellationToken);

    /// <summary>Measures, shows and keeps the figures.</summary>
    public async Task<int> RunAsync(BenchOptions options, FileInfo? json, CancellationToken cancellationToken)
    {
        var report = await Task.Run(() => _measure(options, Shell.Notice, cancellationToken), cancellationToken);
        return await BenchOutput.ShowAsync(Shell, report, json, cancellationToken).ConfigureAwait(false);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var folder = arguments.GetValue(_model);
        if (folder is not null && !File.Exists(Path.Combine(folder, "config.json")))
        {
            throw new CliException(ExitCode.Missing, $"{Path.GetFullPath(folder)} holds no config.json. Give a folder with config.json and model.safetensors, or leave --model out.");
        }

        var precision = arguments.GetRequiredValue(_precision);
        var device = arguments.GetValue(_device) ?? "cpu";
        var options = new BenchOptions(
            precision switch
            {
                "auto" or "int4" or "mixed" => WeightFormat.Int4,
                "int8" => WeightFormat.Int8,
                "bf16" => WeightFormat.BFloat16,
                _ => WeightFormat.Float32,
            },
            arguments.GetValue(_threads),
            folder,
            arguments.GetValue(_frames),
            arguments.GetValue(_positions),
            arguments.GetValue(_group),
            arguments.GetValue(_baseline),
            precision == "mixed" ? WeightFormat.Int8 : null,
            arguments.GetValue(_cache),
            device == "cpu" ? null : device,
            precision switch { "bf16" => "bfloat16", "fp16" => "float16", "fp32" => "float32", _ => precision });
        if (device == "cpu" && precision == "fp16")
        {
            throw new CliException(ExitCode.Usage, "--precision fp16: the processor's kernels take int4, mixed, int8, bf16 or fp32; fp16 is for --device cuda, mps or torch-cpu.");
        }

        return RunAsync(options, arguments.GetValue(_json), cancellationToken);
    }

    private static void InRange(Option<int> option, int least, int most) => option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() is var value && (value < least || value > most))
        {
            result.AddError($"{option.Name} {value}: expected {least} to {most}.");
        }
    });
}
