namespace CsmAgent.Audio.Files;

/// <summary>Writes a WAV file as the sound comes. After every <see cref="Flush"/> the file on disk is whole and readable,
/// so a process that dies leaves everything up to its last flush.</summary>
public sealed class WavWriter : IDisposable
{
    internal const int HeaderBytes = 44;
    private const int BufferBytes = 64 * 1_024;

    private readonly Stream _stream;
    private readonly string _name;
    private readonly WavFormat _format;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _buffered;
    private uint _dataBytes;
    private bool _disposed;

    /// <summary>Writes to a stream.</summary>
    /// <param name="stream">Seekable and writable; owned by the writer.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="sampleRateHz">Samples per second and channel.</param>
    /// <param name="channelCount">1 or 2.</param>
    /// <param name="encoding">How samples are stored.</param>
    /// <exception cref="AudioFileException">The header cannot be written.</exception>
    public WavWriter(Stream stream, string name, int sampleRateHz, int channelCount, WavEncoding encoding = WavEncoding.Pcm16)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRateHz);
        ArgumentOutOfRangeException.ThrowIfLessThan(channelCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channelCount, 2);
        (_stream, _name, _format) = (stream, name, new WavFormat(encoding, sampleRateHz, channelCount));
        try
        {
            Guarded(WriteHeader);
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>Samples per channel written so far.</summary>
    public long SampleCount => (_dataBytes + _buffered) / _format.BlockAlign;

    /// <summary>Creates a file, replacing what was there.</summary>
    /// <exception cref="AudioFileException">It cannot be created.</exception>
    public static WavWriter Create(string path, int sampleRateHz, int channelCount, WavEncoding encoding = WavEncoding.Pcm16)
    {
        FileStream stream;
        try
        {
            // Readers may look at a recording while it grows.
            stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new AudioFileException($"'{path}' cannot be created: {problem.Message}", problem);
        }

        return new WavWriter(stream, path, sampleRateHz, channelCount, encoding);
    }

    /// <summary>Appends samples.</summary>
    /// <param name="interleaved">Channels side by side, a whole number of them.</param>
    /// <exception cref="AudioFileException">The disk is full, the file would pass 4 GiB, or a sample is not finite.</exception>
    public void Write(ReadOnlySpan<float> interleaved)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (interleaved.Length % _format.ChannelCount != 0)
        {
            throw new ArgumentException($"Expected a multiple of {_format.ChannelCount} samples, found {interleaved.Length}.", nameof(interleaved));
        }

        for (var i = 0; i < interleaved.Length; i++)
        {
            if (!float.IsFinite(interleaved[i]))
            {
                throw new AudioFileException($"'{_name}': sample {(SampleCount * _format.ChannelCount) + i} is {interleaved[i]}; only finite samples can be written.");
            }
        }

        var width = _format.BytesPerSample;
        while (interleaved.Length > 0)
        {
            var count = Math.Min(interleaved.Length, (BufferBytes - _buffered) / width);
            if (count == 0)
            {
                Guarded(WriteBuffer);
                continue;
            }

            WavSamples.Encode(interleaved[..count], _buffer.AsSpan(_buffered), _format.Encoding);
            _buffered += count * width;
            interleaved = interleaved[count..];
        }
    }

    /// <summary>Brings the file on disk up to date: samples first, then the sizes in the header.</summary>
    /// <exception cref="AudioFileException">The disk is full or gone.</exception>
    public void Flush()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Guarded(FlushCore);
    }

    /// <inheritdoc/>
    /// <exception cref="AudioFileException">What was not flushed yet cannot be written; the file is closed all the same.</exception>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        try
        {
            Guarded(FlushCore);
        }
        finally
        {
            _stream.Dispose();
        }
    }

    private void FlushCore()
    {
        WriteBuffer();
        WriteHeader();
        _stream.Flush();
    }

    private void WriteBuffer()
    {
        if (_dataBytes + (ulong)_buffered > uint.MaxValue - HeaderBytes)
        {
            throw new IOException("a WAV file cannot pass 4 GiB");
        }

        _stream.Write(_buffer, 0, _buffered);
        _dataBytes += (uint)_buffered;
        _buffered = 0;
    }

    private void WriteHeader()
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        _format.WriteHeader(header, _dataBytes);
        var end = HeaderBytes + (long)_dataBytes;
        if ((_dataBytes & 1) != 0)
        {
            // An odd chunk is padded; the pad is overwritten when more samples come.
            _stream.Seek(end, SeekOrigin.Begin);
            _stream.WriteByte(0);
        }

        _stream.Seek(0, SeekOrigin.Begin);
        _stream.Write(header);
        _stream.Seek(end, SeekOrigin.Begin);
    }

    private void Guarded(Action write)
    {
        try
        {
            write();
        }
        catch (IOException problem)
        {
            throw new AudioFileException($"'{_name}' cannot be written: {problem.Message}", problem);
        }
    }
}
