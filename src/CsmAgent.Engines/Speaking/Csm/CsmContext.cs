using CsmAgent.Conversation.Ports;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Tokenizers;

namespace CsmAgent.Engines.Speaking.Csm;

/// <summary>
/// Keeps a session's cache equal to a list of segments: the voice's prompt, which stays, then turns, of which whole old ones go when
/// room is short. Only the inference thread calls it.
/// </summary>
/// <param name="session">The cache; holds exactly the prompt's rows. Owned.</param>
/// <param name="tokenizer">The model's tokenizer.</param>
internal sealed class CsmContext(ICsmSession session, ITextTokenizer tokenizer) : IDisposable
{
    private readonly List<ContextSegment> _segments = [];
    private int _promptRows = session.Position;
    private ICsmSession _session = session;
    private ContextSuccessor? _successor;

    // While a segment is generated with guidance: the same without its text, and the same without all before it. Owned.
    private CsmGuidance[] _guidance = [];

    // Of the begun segment, for a model that says where it reads: characters of its text before each of its text rows.
    private int[] _charactersBefore = [];

    public int Position => _session.Position;

    public int Limit => _session.PositionLimit;

    public CsmConfig Config => _session.Config;

    public IReadOnlyList<ContextSegment> Segments => _segments;

    /// <summary>Appends a finished segment.</summary>
    /// <exception cref="EngineException">It would not fit even alone, or its codes are not this model's.</exception>
    public void Append(ContextSegment segment)
    {
        EndOpenSegment();
        if (segment.Frames.FirstOrDefault(frame => frame.Length != Config.CodebookCount) is { } wrong)
        {
            throw new EngineException($"A segment's frame has {wrong.Length} codes; the model takes {Config.CodebookCount}. The context's codec is not the one the model was trained with: check Codec:Folder.");
        }

        segment.IsEnded = true;
        // A very long turn keeps its end: what was said last matters most.
        var most = Limit - _promptRows - Text(segment).Count - 1;
        if (segment.Frames.Count > most)
        {
            segment.Frames.RemoveRange(0, segment.Frames.Count - Math.Max(0, most));
        }

        var rows = Rows(segment);
        MakeRoom(rows.Count);
        Write(segment, rows);
    }

    /// <summary>Begins a segment of the agent's: its text is in the cache, its first frame can be generated.</summary>
    /// <param name="segment">Without frames.</param>
    /// <param name="frames">Frames to leave room for.</param>
    /// <param name="guidance">Scale of classifier-free guidance towards the text; 1 for none.</param>
    /// <param name="voiceGuidance">Scale of the same towards what was said before, once the speaker has a voice; 1 for none.</param>
    /// <returns>Frames there is room for, 1 to <paramref name="frames"/>.</returns>
    /// <exception cref="EngineException">There is no room for the text and a frame beside the voice's prompt.</exception>
    public int Begin(ContextSegment segment, int frames, float guidance = 1, float voiceGuidance = 1)
    {
        EndOpenSegment();
        var rows = Rows(segment);
        var room = Math.Min(frames, Limit - _promptRows - rows.Count - 1);
        if (room < 1)
        {
            throw new EngineException(
                $"The text needs {rows.Count} positions beside the voice's {_promptRows}; the model has {Limit}. Speak it in shorter clauses, or choose a voice with a shorter prompt.");
        }

        MakeRoom(rows.Count + room + 1);
        if (guidance != 1)
        {
            Guide(guidance, Position, new CsmRows(Config).AddText(tokenizer.EncodeSegment(segment.Speaker, "")));
        }

        // Without a prompt and before its first words there is no voice to keep to.
        if (voiceGuidance != 1 && (_promptRows > 0 || _segments.Exists(other => other.Speaker == segment.Speaker)))
        {
            Guide(voiceGuidance, 0, rows);
        }

        Write(segment, rows);
        _charactersBefore = Config.AlignmentHead is null ? [] : CharactersBefore(segment);
        return room;
    }

    /// <summary>The character of the begun segment's text that the frame to be generated says, as the model's alignment head reads.</summary>
    /// <returns>0 to the text's length; null for a model without such a head.</returns>
    public int? Reading()
    {
        var start = _segments[^1].Start;
        return _charactersBefore.Length > 0 && _session.Reading(start, start + _charactersBefore.Length - 1) is { } row
            ? _charactersBefore[(int)Math.Round(row) - start]
            : null;
    }

    /// <summary>Appends a generated frame to the segment that was begun.</summary>
    public void AddFrame(int[] codes)
    {
        var row = new CsmRows(Config).AddFrame(codes).Cells;
        _session.Append(row);
        foreach (var guide in _guidance)
        {
            guide.Without.Append(row);
        }

        _segments[^1].Frames.Add(codes);
    }

    /// <summary>Ends the segment that is being generated, if there is one: the context then holds it as the model was trained on it.</summary>
    public void EndOpenSegment()
    {
        EndGuidance();
        if (_segments is [.., { IsEnded: false } open])
        {
            _session.Append(new CsmRows(Config).AddEndOfAudio().Cells);
            open.IsEnded = true;
        }
    }

    /// <summary>Takes the segment that was begun out again, as if it had never been.</summary>
    public void Discard(ContextSegment segment)
    {
        EndGuidance();
        var index = _segments.IndexOf(segment);
        if (index >= 0)
        {
            _segments.RemoveAt(index);
            Rewrite(index, segment.Start);
        }
    }

    /// <summary>Keeps the first frames of a turn and the text that was heard with them.</summary>
    /// <param name="turn">The agent's turn.</param>
    /// <param name="frames">Frames heard, over all its segments.</param>
    /// <param name="heardText">What was heard of its text, over all its segments.</param>
    public void Keep(int turn, int frames, string heardText)
    {
        EndOpenSegment();
        var words = WordCount(heardText);
        for (var i = 0; i < _segments.Count; i++)
        {
            var segment = _segments[i];
            if (segment.Turn != turn)
            {
                continue;
            }

            if (frames < segment.Frames.Count)
            {
                Cut(i, turn, frames, words);
                return;
            }

            frames -= segment.Frames.Count;
            words -= WordCount(segment.Text);
        }
    }

    /// <summary>An independent context that holds the same: pages of the cache are shared until one side writes.</summary>
    public CsmContext Fork()
    {
        var fork = new CsmContext(_session.Fork(), tokenizer) { _promptRows = _promptRows };
        fork._segments.AddRange(_segments.Select(segment => segment.Copy()));
        return fork;
    }

    public bool Generate(Tensors.Sampling.ICodeSampler sampler, Span<int> codes) => _session.GenerateFrame(sampler, codes, _guidance);

    /// <summary>A step of making room before it is needed, for when nobody waits: once less than a fifth is free, the older half
    /// of what was said goes.</summary>
    /// <returns>True if another step would do more.</returns>
    public bool Tidy()
    {
        if (_successor is null)
        {
            var room = Limit - _promptRows;
            var drop = Math.Min(OldestBeyond(_promptRows + (room / 2)), _segments.Count - 1);
            if (Limit - Position >= room / 5 || drop < 1)
            {
                return false;
            }

            var copy = _session.Fork();
            copy.RollBackTo(_promptRows);
            _successor = new ContextSuccessor(copy, drop);
        }

        var advanced = _successor.Advance(_segments, segment => Rows(segment).Cells.ToArray());
        if (!_successor.Covers(_segments.Count))
        {
            return advanced;
        }

        _segments.RemoveRange(0, _successor.Dropped);
        _session.Dispose();
        (_session, var starts) = _successor.TakeOver();
        _successor = null;
        for (var i = 0; i < _segments.Count; i++)
        {
            _segments[i].Start = starts[i];
        }

        return false;
    }

    public void Dispose()
    {
        EndGuidance();
        _successor?.Dispose();
        _session.Dispose();
    }

    private void Guide(float scale, int keep, CsmRows rows)
    {
        var without = _session.Fork();
        _guidance = [.. _guidance, new(without, scale)];
        without.RollBackTo(keep);
        without.Append(rows.Cells);
    }

    private void EndGuidance()
    {
        foreach (var guide in _guidance)
        {
            guide.Without.Dispose();
        }

        _guidance = [];
    }

    private void Cut(int index, int turn, int frames, int words)
    {
        var segment = _segments[index];
        var start = segment.Start;
        segment.Frames.RemoveRange(frames, segment.Frames.Count - frames);
        segment.Text = FirstWords(segment.Text, words);
        _segments.RemoveAll(other => other.Turn == turn && other.Start > start);
        if (frames == 0)
        {
            _segments.RemoveAt(index);
        }

        Rewrite(index, start);
    }

    // Rows are positions, so everything behind a change is run again.
    private void Rewrite(int index, int start)
    {
        _successor?.Dispose();
        _successor = null;
        _session.RollBackTo(start);
        var later = _segments[index..];
        _segments.RemoveRange(index, later.Count);
        foreach (var segment in later)
        {
            Write(segment, Rows(segment));
        }
    }

    private void MakeRoom(int rows)
    {
        if (Position + rows <= Limit)
        {
            return;
        }

        // More than is needed now, so that a full context is not run again for every clause.
        var drop = OldestBeyond(Math.Min(Limit - rows, _promptRows + ((Limit - _promptRows) * 3 / 4)));
        _segments.RemoveRange(0, drop);
        Rewrite(0, _promptRows);
    }

    // How many of the oldest segments must go for the rest to end at a position.
    private int OldestBeyond(int target)
    {
        var drop = 0;
        var kept = Position;
        while (drop < _segments.Count && kept > target)
        {
            kept -= (drop + 1 < _segments.Count ? _segments[drop + 1].Start : Position) - _segments[drop].Start;
            drop++;
        }

        return drop;
    }

    private void Write(ContextSegment segment, CsmRows rows)
    {
        segment.Start = _session.Position;
        _session.Append(rows.Cells);
        _segments.Add(segment);
    }

    private CsmRows Rows(ContextSegment segment)
    {
        var rows = new CsmRows(Config).AddText(Text(segment));
        foreach (var frame in segment.Frames)
        {
            rows.AddFrame(frame);
        }

        return segment.IsEnded ? rows.AddEndOfAudio() : rows;
    }

    // Before the text stands what EncodeSegment puts there: begin and the speaker's tag.
    private int[] CharactersBefore(ContextSegment segment)
    {
        var ids = Text(segment);
        var tag = tokenizer.Decode(ids.Skip(1).SkipLast(1)).Length - segment.Text.Length;
        return [.. Enumerable.Range(0, ids.Count).Select(row => Math.Clamp(tokenizer.Decode(ids.Skip(1).Take(row - 1)).Length - tag, 0, segment.Text.Length))];
    }

    private IReadOnlyList<int> Text(ContextSegment segment) => tokenizer.EncodeSegment(segment.Speaker, segment.Text);

    private static int WordCount(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;

    private static string FirstWords(string text, int count) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(Math.Max(0, count)));
}
