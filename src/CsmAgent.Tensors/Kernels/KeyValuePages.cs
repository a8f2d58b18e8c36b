using CsmAgent.Tensors.Packing;

namespace CsmAgent.Tensors.Kernels;

/// <summary>Keys and values of one conversation: pages of 32 positions that forks share until one of them writes.</summary>
/// <remarks>
/// A page holds, per layer and head, the keys as [dimension][32 positions], so that scores of 32 positions need no sum
/// across a vector, then the values as [position][dimension]. Dimensions are padded to sixteen. Positions are written in
/// order; going back only moves <see cref="Count"/>. One thread may grow, fork or shrink it; members of a team may write
/// and read different heads at once.
/// </remarks>
public sealed unsafe class KeyValuePages : IDisposable
{
    /// <summary>Positions in a page.</summary>
    public const int PagePositions = 32;

    private readonly Page?[] _pages;

    // Objects for all pages are there from the start, so that a frame that begins a page allocates none.
    private readonly Stack<Page> _unused;

    /// <summary>An empty cache; pages come as positions do.</summary>
    /// <param name="layers">Layers.</param>
    /// <param name="heads">Key-value heads.</param>
    /// <param name="headDimension">Values in a head.</param>
    /// <param name="capacity">The most positions.</param>
    public KeyValuePages(int layers, int heads, int headDimension, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(layers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(headDimension, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        (Layers, Heads, HeadDimension, Capacity) = (layers, heads, headDimension, capacity);
        PaddedDimension = (headDimension + 15) / 16 * 16;
        _pages = new Page?[(capacity + PagePositions - 1) / PagePositions];
        _unused = new Stack<Page>(_pages.Select(_ => new Page()));
    }

    /// <summary>Layers.</summary>
    public int Layers { get; }

    /// <summary>Key-value heads.</summary>
    public int Heads { get; }

    /// <summary>Values in a head.</summary>
    public int HeadDimension { get; }

    /// <summary>The most positions.</summary>
    public int Capacity { get; }

    /// <summary>Positions written.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of all pages this cache holds, shared ones included.</summary>
    public long Bytes => _pages.Count(p => p is not null) * PageBytes;

    internal int PaddedDimension { get; }

    private long HeadFloats => 2L * PagePositions * PaddedDimension;

    private long PageBytes => (long)Layers * Heads * HeadFloats * sizeof(float);

    /// <summary>Makes room for more positions; pages that a fork still reads are copied first.</summary>
    /// <param name="positions">Positions to add.</param>
    /// <exception cref="InvalidOperationException">They do not fit.</exception>
    public void Grow(int positions)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(positions);
        if (Count + positions > Capacity)
        {
            throw new InvalidOperationException(
                $"{Count} positions are in use and {positions} more do not fit into {Capacity}. Trim the context or roll back first.");
        }

        for (var page = Count / PagePositions; page * PagePositions < Count + positions; page++)
        {
            if (_pages[page] is not { } present)
            {
                _pages[page] = NewPage();
            }
            else if (present.IsShared)
            {
                var copy = NewPage();
                System.Buffer.MemoryCopy(present.Buffer.Data, copy.Buffer.Data, PageBytes, PageBytes);
                _pages[page] = copy;
                present.Release();
            }
        }

        Count += positions;
    }

    /// <summary>Forgets the positions from <paramref name="count"/> on. Their pages stay for the next ones.</summary>
    /// <param name="count">Positions to keep, 0 to <see cref="Count"/>.</param>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        Count = count;
    }

    /// <summary>Forgets the oldest 32 positions, so that a window can slide for ever: position p becomes p − 32. The page is
    /// used again for new positions; nothing is copied.</summary>
    /// <exception cref="InvalidOperationException">There are fewer.</exception>
    public void DropFirstPage()
    {
        if (Count < PagePositions)
        {
            throw new InvalidOperationException($"{Count} positions are no whole page of {PagePositions}.");
        }

        var first = _pages[0];
        var last = (Count - 1) / PagePositions;
        Array.Copy(_pages, 1, _pages, 0, last);
        _pages[last] = null;
        var free = Array.IndexOf(_pages, null);
        _pages[free] = first;
        Count -= PagePositions;
    }

    /// <summary>A cache with the same content that shares the pages until one side writes into them.</summary>
    public KeyValuePages Fork()
    {
        var fork = new KeyValuePages(Layers, Heads, HeadDimension, Capacity) { Count = Count };
        for (var page = 0; page * PagePositions < Count; page++)
        {
            fork._pages[page] = _pages[page]!.Share();
        }

        return fork;
    }

    /// <summary>Stores one position's key and value of one head.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="head">The key-value head.</param>
    /// <param name="position">0 to <see cref="Count"/> − 1.</param>
    /// <param name="key"><see cref="HeadDimension"/> values, already rotated.</param>
    /// <param name="value"><see cref="HeadDimension"/> values.</param>
    public void Set(int layer, int head, int position, ReadOnlySpan<float> key, ReadOnlySpan<float> value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)Count, nameof(position));
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, HeadDimension, nameof(key));
        ArgumentOutOfRangeException.ThrowIfNotEqual(value.Length, HeadDimension, nameof(value));
        var keys = Keys(layer, head, position / PagePositions) + (position % PagePositions);
        for (var d = 0; d < key.Length; d++)
        {
            keys[d * PagePositions] = key[d];
        }

        value.CopyTo(new Span<float>(Values(layer, head, position / PagePositions) + (position % PagePositions * PaddedDimension), HeadDimension));
    }

    /// <summary>Reads back one position's key and value of one head.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="head">The key-value head.</param>
    /// <param name="position">0 to <see cref="Count"/> − 1.</param>
    /// <param name="key">Receives <see cref="HeadDimension"/> values.</param>
    /// <param name="value">Receives <see cref="HeadDimension"/> values.</param>
    public void Get(int layer, int head, int position, Span<float> key, Span<float> value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)Count, nameof(position));
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, HeadDimension, nameof(key));
        ArgumentOutOfRangeException.ThrowIfNotEqual(value.Length, HeadDimension, nameof(value));
        var keys = Keys(layer, head, position / PagePositions) + (position % PagePositions);
        for (var d = 0; d < key.Length; d++)
        {
            key[d] = keys[d * PagePositions];
        }

        new Span<float>(Values(layer, head, position / PagePositions) + (position % PagePositions * PaddedDimension), HeadDimension).CopyTo(value);
    }

    /// <summary>Writes the used pages, as they lie in memory.</summary>
    /// <param name="stream">Where to.</param>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        for (var page = 0; page * PagePositions < Count; page++)
        {
            stream.Write(new ReadOnlySpan<byte>(_pages[page]!.Buffer.Data, checked((int)PageBytes)));
        }
    }

    /// <summary>Reads pages that <see cref="Write"/> wrote from a cache of the same shape; the content before is forgotten.</summary>
    /// <param name="stream">Where from.</param>
    /// <param name="count">Positions that were written.</param>
    /// <exception cref="EndOfStreamException">The stream ends before; the cache is then empty.</exception>
    public void Read(Stream stream, int count)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Truncate(0);
        Grow(count);
        try
        {
            for (var page = 0; page * PagePositions < count; page++)
            {
                stream.ReadExactly(new Span<byte>(_pages[page]!.Buffer.Data, checked((int)PageBytes)));
            }
        }
        catch
        {
            Truncate(0);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (var i = 0; i < _pages.Length; i++)
        {
            _pages[i]?.Release();
            _pages[i] = null;
        }

        Count = 0;
    }

    internal float* Keys(int layer, int head, int page)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)layer, (uint)Layers, nameof(layer));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)head, (uint)Heads, nameof(head));
        return (float*)_pages[page]!.Buffer.Data + (((layer * Heads) + head) * HeadFloats);
    }

    internal float* Values(int layer, int head, int page) => Keys(layer, head, page) + (PagePositions * PaddedDimension);

    private Page NewPage()
    {
        var page = _unused.TryPeek(out var unused) ? unused : new Page();
        page.Buffer.Fill(PageBytes);
        _unused.TryPop(out _);
        return page;
    }

    /// <summary>Memory with a count of the caches that see it; the last one frees it.</summary>
    private sealed class Page
    {
        private int _readers = 1;

        public NativeBuffer Buffer { get; } = NativeBuffer.WithoutMemory();

        public bool IsShared => Volatile.Read(ref _readers) > 1;

        public Page Share()
        {
            Interlocked.Increment(ref _readers);
            return this;
        }

        public void Release()
        {
            if (Interlocked.Decrement(ref _readers) == 0)
            {
                Buffer.Dispose();
            }
        }
    }
}
