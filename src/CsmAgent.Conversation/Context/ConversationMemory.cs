using CsmAgent.Conversation.Journal;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Context;

/// <summary>What the conversation remembers. Pure bookkeeping: no actor, no clock. The journal, if any, is told of turns once nothing
/// can change them. Survives the restart of the part that keeps it; one thread at a time.</summary>
internal sealed class ConversationMemory(ConversationJournal? journal)
{
    /// <summary>Segments told again to a voice that begins anew: more than fit into its context would be dropped there anyway.</summary>
    private const int RetoldTurns = 16;

    /// <summary>Turns kept in memory for replies and the transcript; more than a language model reads. The journal keeps all.</summary>
    private const int KeptTurns = 1000;

    private readonly List<HeardTurn> _turns = journal is null ? [] : [.. journal.Turns.TakeLast(KeptTurns)];
    private readonly SortedDictionary<int, Utterance> _utterances = [];
    private readonly SortedDictionary<int, ReplyLedger> _ledgers = [];
    private HeardTurn? _user;
    private bool _userGoesOn;
    private (int Turn, int Generation) _forgotten;

    /// <summary>The newest turn and generation remembered: a conversation that goes on counts from them.</summary>
    public (int Turn, int Generation) Newest =>
        (_turns.Select(turn => turn.Turn).DefaultIfEmpty().Max(), _turns.Select(turn => turn.Generation).DefaultIfEmpty().Max());

    /// <summary>The turns as they were heard, oldest first.</summary>
    public IReadOnlyList<SpokenTurn> Turns => [.. All().Select(turn => turn.ToSpokenTurn())];

    public void Open(int turn, int utterance)
    {
        Get(utterance).Turn = turn;
        while (_utterances.Count > 32)
        {
            _utterances.Remove(_utterances.Keys.First());
        }
    }

    public void Text(int utterance, string text) => Get(utterance).Text = text;

    public void Codes(int utterance, IReadOnlyList<CodeFrame> codes) => Get(utterance).Codes = codes;

    /// <summary>Whether a turn's text is there and its codes are not.</summary>
    public bool WaitsForCodes(int turn) =>
        _utterances.Values.Any(utterance => utterance.Turn == turn && utterance is { Text.Length: > 0, Codes: null, IsTold: false });

    /// <summary>The user's segments of a turn that the synthesiser has not been told.</summary>
    public IReadOnlyList<HeardSegment> NewUserSegments(int turn, int speaker)
    {
        var segments = new List<HeardSegment>();
        foreach (var utterance in _utterances.Values.Where(u => u.Turn == turn && u is { Text.Length: > 0, IsTold: false }))
        {
            utterance.IsTold = true;
            segments.Add(new HeardSegment(speaker, utterance.Text!, utterance.Codes ?? []));
        }

        return segments;
    }

    /// <summary>A user's turn; a later commit of the same turn replaces it.</summary>
    public void CommitUser(int turn, string text, long first, long last)
    {
        if (turn <= _forgotten.Turn)
        {
            return;
        }

        if (_user is { } before && before.Turn != turn)
        {
            Settle();
        }

        _user = new HeardTurn(TurnSpeaker.User, turn, 0, text, WasInterrupted: false, first, last, []);
        _userGoesOn = false;
    }

    /// <summary>The user goes on with a committed turn: it comes after what was heard of the answer to its beginning, and once.</summary>
    public void KeepOpen(int turn) => _userGoesOn = _user?.Turn == turn;

    /// <summary>What was heard before a turn, oldest first.</summary>
    public IReadOnlyList<SpokenTurn> History(int turn) =>
        [.. (_user?.Turn == turn ? _turns : All()).Where(t => t.Text.Length > 0).Select(t => t.ToSpokenTurn())];

    /// <summary>A reply begins, by one of several agents.</summary>
    public void Begin(int generation, string agent) => _ledgers.TryAdd(generation, new ReplyLedger { Agent = agent });

    public void Frame(int generation, int clause, string clauseText, int spokenCharacters, CodeFrame codes)
    {
        if (generation <= _forgotten.Generation)
        {
            return;
        }

        if (!_ledgers.TryGetValue(generation, out var ledger))
        {
            _ledgers[generation] = ledger = new ReplyLedger();
        }

        ledger.Add(clause, clauseText, spokenCharacters, codes);
    }

    public string HeardText(int generation, int frames) => _ledgers.GetValueOrDefault(generation)?.HeardText(frames) ?? "";

    public int Generated(int generation) => _ledgers.GetValueOrDefault(generation)?.Frames ?? 0;

    /// <summary>A reply is over: exactly its heard frames are kept; nothing when none was heard.</summary>
    public void CommitAgent(int turn, int generation, int frames, bool wasCut, long first, long last)
    {
        if (_ledgers.Remove(generation, out var ledger) && frames > 0)
        {
            if (!_userGoesOn)
            {
                Settle();
            }

            var heard = Math.Min(frames, ledger.Frames);
            Keep(new HeardTurn(TurnSpeaker.Agent, turn, generation, ledger.HeardText(heard), wasCut, first, last, ledger.Codes(heard)) { Agent = ledger.Agent });
        }

        foreach (var old in _ledgers.Keys.TakeWhile(key => key < generation).ToArray())
        {
            _ledgers.Remove(old);
        }
    }

    /// <summary>The newest turns as segments, for a voice that begins anew.</summary>
    /// <param name="userSpeaker">The user's speaker id.</param>
    /// <param name="agentSpeaker">The speaker id of the agent of a name; null where there is one agent.</param>
    public IReadOnlyList<HeardSegment> Segments(int userSpeaker, Func<string?, int> agentSpeaker) =>
        [.. All().TakeLast(RetoldTurns).Where(turn => turn.Codes.Count > 0)
            .Select(turn => new HeardSegment(turn.Speaker == TurnSpeaker.User ? userSpeaker : agentSpeaker(turn.Agent), turn.Text, turn.Codes))];

    /// <summary>Forgets everything, on disk too, and what is still to be told of these and earlier turns and replies.</summary>
    public void Forget(int turn, int generation)
    {
        _forgotten = (turn, generation);
        _turns.Clear();
        _utterances.Clear();
        _ledgers.Clear();
        (_user, _userGoesOn) = (null, false);
        journal?.Forget();
    }

    /// <summary>Nothing will change any more.</summary>
    public void Flush() => Settle();

    private void Settle()
    {
        if (_user is { } user)
        {
            (_user, _userGoesOn) = (null, false);
            Keep(user with { Codes = UserCodes(user.Turn) });
        }
    }

    private void Keep(HeardTurn turn)
    {
        _turns.Add(turn);
        if (_turns.Count > KeptTurns)
        {
            _turns.RemoveAt(0);
        }

        if (_turns.Count > RetoldTurns && _turns[^(RetoldTurns + 1)] is { Codes.Count: > 0 } old)
        {
            // No voice will be told of it again; its text stays for the reply.
            _turns[^(RetoldTurns + 1)] = old with { Codes = [] };
        }

        journal?.Append(turn);
    }

    private CodeFrame[] UserCodes(int turn) =>
        [.. _utterances.Values.Where(u => u.Turn == turn && u.Text is { Length: > 0 }).SelectMany(u => u.Codes ?? [])];

    private IEnumerable<HeardTurn> All() => _user is null ? _turns : _turns.Append(_user with { Codes = UserCodes(_user.Turn) });

    private Utterance Get(int utterance)
    {
        if (!_utterances.TryGetValue(utterance, out var known))
        {
            _utterances[utterance] = known = new Utterance();
        }

        return known;
    }

    private sealed class Utterance
    {
        public int Turn { get; set; }

        public string? Text { get; set; }

        public IReadOnlyList<CodeFrame>? Codes { get; set; }

        public bool IsTold { get; set; }
    }
}
