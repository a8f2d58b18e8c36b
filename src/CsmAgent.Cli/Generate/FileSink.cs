using CsmAgent.Audio;
using CsmAgent.Audio.Files;

namespace CsmAgent.Cli.Generate;

/// <summary>Writes speech to a WAV file: 24 kHz, mono, 16 bits.</summary>
internal sealed class FileSink(string path) : ISpeechSink
{
    private readonly WavWriter _writer = WavWriter.Create(path, AudioFormat.SampleRateHz, channelCount: 1);

    public ValueTask WriteAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken)
    {
        _writer.Write(samples.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        _writer.Flush();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _writer.Dispose();
        return ValueTask.CompletedTask;
    }
}
