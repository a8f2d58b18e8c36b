namespace CsmAgent.Models.Tokenizers;

/// <summary>Byte-pair merging: of all neighbours that have a merge, the one of lowest rank, leftmost first, becomes one, until none has.</summary>
/// <param name="merges">Rank and resulting id of a pair of ids.</param>
internal sealed class PairMerger(Dictionary<(int Left, int Right), (int Rank, int Id)> merges)
{
    /// <summary>Merges in place; long pieces take n log n steps.</summary>
    internal int[] Merge(int[] ids)
    {
        var (next, previous) = (new int[ids.Length], new int[ids.Length]);
        var waiting = new PriorityQueue<(int At, int Left, int Right), (int Rank, int At)>();
        for (var i = 0; i < ids.Length; i++)
        {
            (next[i], previous[i]) = (i + 1, i - 1);
        }

        void Offer(int at)
        {
            if (at >= 0 && next[at] < ids.Length && merges.TryGetValue((ids[at], ids[next[at]]), out var merge))
            {
                waiting.Enqueue((at, ids[at], ids[next[at]]), (merge.Rank, at));
            }
        }

        for (var i = 0; i + 1 < ids.Length; i++)
        {
            Offer(i);
        }

        while (waiting.TryDequeue(out var pair, out _))
        {
            // An entry is stale if one of its two has been merged away or changed since.
            if (ids[pair.At] != pair.Left || next[pair.At] >= ids.Length || ids[next[pair.At]] != pair.Right)
            {
                continue;
            }

            var gone = next[pair.At];
            ids[pair.At] = merges[(pair.Left, pair.Right)].Id;
            ids[gone] = -1;
            next[pair.At] = next[gone];
            if (next[gone] < ids.Length)
            {
                previous[next[gone]] = pair.At;
            }

            Offer(pair.At);
            Offer(previous[pair.At]);
        }

        return Array.FindAll(ids, id => id >= 0);
    }
}
