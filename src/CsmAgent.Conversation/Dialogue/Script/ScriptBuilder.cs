namespace CsmAgent.Conversation.Dialogue.Script;

/// <summary>Gathers lines from any format under the rules that hold for all of them.</summary>
internal sealed class ScriptBuilder
{
    public const int MaxSpeakers = 4;
    public const int MaxLines = 100_000;
    public const int MaxCharacters = 2_000;

    private readonly List<DialogueSpeaker> _speakers = [];
    private readonly Dictionary<string, int> _ids = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<DialogueLine> _lines = [];
    private readonly List<DialogueChapter> _chapters = [];
    private readonly bool _isClosed;
    private TimeSpan? _pause;
    private bool _hasTooManySpeakers;

    /// <param name="name">What messages call the script.</param>
    /// <param name="cast">Who may speak, in the order of their ids; null lets the script decide.</param>
    public ScriptBuilder(string name, IReadOnlyList<string>? cast)
    {
        Faults = new ScriptFaults(name);
        foreach (var member in cast ?? [])
        {
            _ids.Add(member, _speakers.Count);
            _speakers.Add(new DialogueSpeaker(member));
        }

        _isClosed = cast is not null;
    }

    public ScriptFaults Faults { get; }

    /// <summary>The script's own list of speakers: a voice for a known one, or a new one.</summary>
    public void Declare(string source, string name, string? voice)
    {
        if (Speaker(source, name) is { } id)
        {
            _speakers[id] = _speakers[id] with { Voice = voice };
        }
    }

    public void Chapter(string title)
    {
        if (title.Length > 0)
        {
            _chapters.Add(new DialogueChapter(title, _lines.Count));
        }
    }

    /// <summary>A pause that stands alone belongs to the next line.</summary>
    public void Line(string source, string speaker, string text, LineDirection? direction = null)
    {
        if (Speaker(source, speaker) is not { } id)
        {
            return;
        }

        var (parts, read) = StageDirections.Read(text, StageDirections.Check(direction ?? new LineDirection(), Fault), Fault);
        if (parts.Count == 0)
        {
            Fault($"{speaker} says nothing; write what is said, or delete the line");
            return;
        }

        var characters = parts.Sum(part => part.Text.Length);
        if (characters > MaxCharacters)
        {
            Fault($"{characters} characters in one line, at most {MaxCharacters}; let {speaker} speak in several lines");
            return;
        }

        if (_lines.Count == MaxLines)
        {
            Fault($"more than {MaxLines} spoken lines; make several scripts of it");
            return;
        }

        if (_pause is { } waiting)
        {
            read = read with { Pause = (read.Pause ?? TimeSpan.Zero) + waiting };
            _pause = null;
        }

        _lines.Add(new DialogueLine(source, id, parts, read));

        void Fault(string fault) => Faults.Add(source, fault);
    }

    /// <summary>A line of directions only: just pauses make sense there.</summary>
    public void Pause(string source, string text)
    {
        var (_, direction) = StageDirections.Read(text, new LineDirection(), fault => Faults.Add(source, fault));
        if (direction with { Pause = null } != new LineDirection())
        {
            Faults.Add(source, $"'{text}' needs a speaker; only [pause] may stand alone");
        }
        else if (direction.Pause is { } pause)
        {
            _pause = (_pause ?? TimeSpan.Zero) + pause;
        }
    }

    public DialogueScript Build(string name)
    {
        if (_lines.Count == 0)
        {
            Faults.Add(name, "nobody says anything; write lines such as 'Anna: Hello.'");
        }

        Faults.ThrowIfAny();
        return new DialogueScript(_speakers, _lines, _chapters);
    }

    private int? Speaker(string source, string name)
    {
        if (_ids.TryGetValue(name, out var id))
        {
            return id;
        }

        if (_isClosed)
        {
            var names = _speakers.Select(speaker => speaker.Name).ToList();
            Faults.Add(source, $"'{name}' is no speaker of this dialogue.{NearestNames.Hint(name, names)}");
            return null;
        }

        if (_speakers.Count == MaxSpeakers)
        {
            if (!_hasTooManySpeakers)
            {
                Faults.Add(source, $"'{name}' would be speaker {MaxSpeakers + 1}; at most {MaxSpeakers} share a context ({string.Join(", ", _speakers.Select(speaker => speaker.Name))}). Text with a colon needs a speaker before it.");
            }

            _hasTooManySpeakers = true;
            return null;
        }

        _ids.Add(name, _speakers.Count);
        _speakers.Add(new DialogueSpeaker(name));
        return _speakers.Count - 1;
    }
}
