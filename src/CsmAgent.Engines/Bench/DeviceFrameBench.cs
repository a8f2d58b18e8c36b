using System.Diagnostics;
using CsmAgent.Engines.Inference;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Models.Mimi;
using CsmAgent.Models.Mimi.Streaming;
using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Engines.Bench;

/// <summary>One frame of speech on a device of Torch's, part by part, with what surrounds it: prefill and first sound.</summary>
internal static class DeviceFrameBench
{
    private const double FrameMilliseconds = 80;
    private const int TextRows = 20;

    public static BenchReport Run(ComputeDevice device, BenchOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        var precision = device.PrecisionFor(options.DevicePrecision);
        TorchSharp.torch.set_num_threads(options.Threads);
        progress($"Loading {BenchModel.Name(options)} as {precision} on {device.Name} …");
        using var model = Load(device, options, ComputeDevice.ElementType(precision), cancellationToken);
        using var codec = BenchModel.DeviceMimi(device);
        using var encoder = new TorchMimiEncoder(codec);
        using var decoder = new TorchMimiDecoder(codec);
        using var session = model.OpenSession();
        var report = new BenchReport($"One frame: {BenchModel.Name(options)}, {precision} on {device.Name}, {options.Positions} positions");

        var rows = BenchModel.Rows(model.Config, options.Positions + TextRows);
        var prompt = options.Positions * model.Config.ColumnCount;
        var sound = new Sound(session, decoder);
        List<double> prefill = [], first = [];
        for (var round = -1; round < 5; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress($"Prefilling {options.Positions} rows …");
            session.RollBackTo(0);
            var start = Stopwatch.GetTimestamp();
            sound.Append(rows.AsSpan(0, prompt));
            var read = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            start = Stopwatch.GetTimestamp();
            session.Append(rows.AsSpan(prompt));
            sound.Codebooks();
            sound.Decode();
            if (round >= 0)
            {
                prefill.Add(read);
                first.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        List<double> codebooks = [], backbone = [], decode = [], encode = [], total = [];
        var (heard, codes) = (new float[MimiConfig.FrameSamples], new int[encoder.CodebookCount]);
        progress($"Measuring {options.Frames} frames …");
        for (var frame = -5; frame < options.Frames; frame++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (session.Position == session.PositionLimit)
            {
                session.RollBackTo(options.Positions);
                sound.Append(rows.AsSpan(prompt));
            }

            double[] parts = [Time(sound.Codebooks), Time(sound.Backbone), Time(sound.Decode), Time(() => encoder.Encode(heard, codes))];
            if (frame >= 0)
            {
                codebooks.Add(parts[0]);
                backbone.Add(parts[1]);
                decode.Add(parts[2]);
                encode.Add(parts[3]);
                total.Add(parts[0] + parts[1] + parts[2]);
            }
        }

        report.AddPercentiles("frameMs", total, "ms");
        report.Add("codebooksMs.p50", BenchReport.Median(codebooks), "ms");
        report.Add("backboneMs.p50", BenchReport.Median(backbone), "ms");
        report.Add("mimiDecodeMs.p50", BenchReport.Median(decode), "ms");
        report.Add("mimiEncodeMs.p50", BenchReport.Median(encode), "ms");
        report.Add("rtf", BenchReport.Median(total) / FrameMilliseconds);
        report.Add("bytesPerFrame", model.BytesPerFrame / 1e6, "MB");
        report.Add("bandwidth", model.BytesPerFrame / BenchReport.Median(codebooks.Zip(backbone, (a, b) => a + b)) / 1e6, "GB/s");
        report.AddPercentiles("prefillMs", prefill, "ms");
        report.AddPercentiles("firstAudioMs", first, "ms");
        return report;
    }

    private static TorchCsmModel Load(ComputeDevice device, BenchOptions options, TorchSharp.torch.ScalarType type, CancellationToken cancellationToken)
    {
        if (options.ModelFolder is not { } folder)
        {
            return TorchCsmModel.Load(new RandomCsmParameters(BenchModel.FullSize, 1), device.Torch, type, cancellationToken);
        }

        using var checkpoint = CsmFolder.Open(folder).OpenWeights();
        return TorchCsmModel.Load(new CheckpointParameters(checkpoint), device.Torch, type, cancellationToken);
    }

    private static double Time(Action step)
    {
        var start = Stopwatch.GetTimestamp();
        step();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>A speaker's steps, each finished when it returns: a device otherwise only has them in its queue.</summary>
    private sealed class Sound(TorchCsmSession session, TorchMimiDecoder decoder)
    {
        private readonly SeededSampler _sampler = new(SamplingSettings.Default, 1);
        private readonly int[] _row = new int[session.Config.ColumnCount];
        private readonly int[] _decodable = new int[decoder.CodebookCount];
        private readonly float[] _samples = new float[MimiConfig.FrameSamples];

        public void Append(ReadOnlySpan<int> rows)
        {
            session.Append(rows);
            session.LastHidden();
        }

        public void Codebooks()
        {
            session.GenerateFrame(_sampler, _row.AsSpan(0, session.Config.CodebookCount));
            _row[^1] = CsmRows.Off;
        }

        public void Backbone() => Append(_row);

        public void Decode()
        {
            for (var i = 0; i < _decodable.Length; i++)
            {
                _decodable[i] = _row[i % session.Config.CodebookCount] % MimiConfig.Released.CodebookSize;
            }

            decoder.Decode(_decodable, _samples);
        }
    }
}
