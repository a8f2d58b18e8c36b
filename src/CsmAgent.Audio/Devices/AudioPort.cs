using CsmAgent.Audio.Playback;

namespace CsmAgent.Audio.Devices;

/// <summary>Where the device's thread meets the conversation: fills the loudspeaker from a <see cref="PlaybackQueue"/> and keeps
/// captured and played samples side by side, in blocks of one size, for one reader.</summary>
/// <remarks>The device never waits for the reader: when the ring is full the oldest blocks are overwritten, and the reader,
/// finding itself lapped, skips them and counts them in <see cref="DroppedBlocks"/>.</remarks>
public sealed class AudioPort : IAudioClient
{
    /// <summary>10 ms at 24 kHz.</summary>
    public const int DefaultBlockSamples = 240;

    // The reader skips a little further than it must, so that it is not lapped again while it copies.
    private const int SkipMargin = 8;

    private readonly AudioBlock[] _ring;
    private readonly TimeProvider _time;
    private int _filled;
    private long _written;
    private long _nonFinite;
    private long _read;
    private long _dropped;

    /// <summary>Makes a port.</summary>
    /// <param name="playback">What it plays.</param>
    /// <param name="blockSamples">Samples in a block, 1 to 9600.</param>
    /// <param name="capacityBlocks">Blocks kept for a late reader, at least 32; 512 blocks of 10 ms are five seconds.</param>
    /// <param name="time">Stamps blocks; the system's clock when null.</param>
    public AudioPort(
        PlaybackQueue playback,
        int blockSamples = DefaultBlockSamples,
        int capacityBlocks = 512,
        TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(playback);
        ArgumentOutOfRangeException.ThrowIfLessThan(blockSamples, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blockSamples, 9_600);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacityBlocks, 4 * SkipMargin);
        Playback = playback;
        BlockSamples = blockSamples;
        _time = time ?? TimeProvider.System;
        _ring = new AudioBlock[capacityBlocks];
        for (var i = 0; i < _ring.Length; i++)
        {
            _ring[i] = new AudioBlock(blockSamples);
        }
    }

    /// <summary>What it plays.</summary>
    public PlaybackQueue Playback { get; }

    /// <summary>Samples in a block.</summary>
    public int BlockSamples { get; }

    /// <summary>Blocks complete and not yet read.</summary>
    public int AvailableBlocks => (int)Math.Min(_ring.Length, Volatile.Read(ref _written) - Volatile.Read(ref _read));

    /// <summary>Blocks the reader was too late for.</summary>
    public long DroppedBlocks => Volatile.Read(ref _dropped);

    /// <summary>Captured samples that were not finite and were read as 0.</summary>
    public long NonFiniteSamples => Volatile.Read(ref _nonFinite);

    /// <inheritdoc/>
    public void Process(ReadOnlySpan<float> captured, Span<float> toPlay, in AudioClock clock)
    {
        var done = 0;
        while (done < toPlay.Length)
        {
            // Rendered piece by piece up to the block's end, so that its position is exact.
            var block = _ring[_written % _ring.Length];
            var count = Math.Min(toPlay.Length - done, BlockSamples - _filled);
            if (_filled == 0)
            {
                block.Clock = clock with
                {
                    CapturedSamples = clock.CapturedSamples + done,
                    PlayedSamples = clock.PlayedSamples + done,
                };
            }

            var piece = toPlay.Slice(done, count);
            Playback.Render(piece);
            piece.CopyTo(block.Played.AsSpan(_filled));
            CopyFinite(captured.Slice(done, count), block.Captured.AsSpan(_filled));
            _filled += count;
            done += count;
            if (_filled == BlockSamples)
            {
                block.Position = Playback.Position;
                block.Timestamp = _time.GetTimestamp();
                _filled = 0;
                Volatile.Write(ref _written, _written + 1);
            }
        }
    }

    /// <summary>Reader: takes the oldest block.</summary>
    /// <param name="block">Filled when there is one; made for <see cref="BlockSamples"/>.</param>
    /// <returns>False when none is complete yet.</returns>
    public bool TryRead(AudioBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        if (block.Captured.Length != BlockSamples)
        {
            throw new ArgumentException($"The port's blocks have {BlockSamples} samples, this one is for {block.Captured.Length}.", nameof(block));
        }

        while (_read < Volatile.Read(ref _written))
        {
            _ring[_read % _ring.Length].CopyTo(block);
            Interlocked.MemoryBarrier();
            var lead = Volatile.Read(ref _written) - _read;
            if (lead < _ring.Length)
            {
                Volatile.Write(ref _read, _read + 1);
                return true;
            }

            var skip = lead - _ring.Length + SkipMargin;
            Volatile.Write(ref _dropped, _dropped + skip);
            Volatile.Write(ref _read, _read + skip);
        }

        return false;
    }

    /// <summary>Reader: waits until a block is complete.</summary>
    /// <remarks>Polls every half block: the device's thread must not signal, for waking a waiter takes a lock.</remarks>
    public async ValueTask WaitToReadAsync(CancellationToken cancellationToken)
    {
        if (AvailableBlocks > 0)
        {
            return;
        }

        var period = TimeSpan.FromSeconds(Math.Max(0.001, 0.5 * BlockSamples / AudioFormat.SampleRateHz));
        using var timer = new PeriodicTimer(period, _time);
        while (AvailableBlocks == 0)
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private void CopyFinite(ReadOnlySpan<float> source, Span<float> destination)
    {
        for (var i = 0; i < source.Length; i++)
        {
            var sample = source[i];
            if (float.IsFinite(sample))
            {
                destination[i] = sample;
            }
            else
            {
                destination[i] = 0;
                Volatile.Write(ref _nonFinite, _nonFinite + 1);
            }
        }
    }
}
