using System.Text;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Context;

/// <summary>What each generated frame of one reply says and how it sounds, so that any number of heard frames has its text.</summary>
internal sealed class ReplyLedger
{
    private readonly List<string> _clauses = [];
    private readonly List<(int Clause, int SpokenCharacters, CodeFrame Codes)> _frames = [];

    /// <summary>At a round table, which agent speaks; otherwise null.</summary>
    public string? Agent { get; init; }

    public int Frames => _frames.Count;

    /// <summary>Notes the next frame.</summary>
    public void Add(int clause, string clauseText, int spokenCharacters, CodeFrame codes)
    {
        while (_clauses.Count <= clause)
        {
            _clauses.Add("");
        }

        _clauses[clause] = clauseText;
        _frames.Add((clause, Math.Clamp(spokenCharacters, 0, clauseText.Length), codes));
    }

    public IReadOnlyList<CodeFrame> Codes(int frames) => [.. _frames.Take(frames).Select(frame => frame.Codes)];

    /// <summary>The text heard in the first <paramref name="frames"/> frames, up to the last whole word.</summary>
    public string HeardText(int frames)
    {
        frames = Math.Min(frames, _frames.Count);
        if (frames == 0)
        {
            return "";
        }

        var (last, characters, _) = _frames[frames - 1];
        var text = new StringBuilder();
        for (var clause = 0; clause < last; clause++)
        {
            text.Append(_clauses[clause]).Append(' ');
        }

        // A clause whose next frame belongs to another is over, whatever its alignment says.
        var isWhole = frames < _frames.Count && _frames[frames].Clause > last;
        text.Append(isWhole ? _clauses[last] : WholeWords(_clauses[last], characters));
        return text.ToString().TrimEnd();
    }

    private static string WholeWords(string text, int characters)
    {
        if (characters >= text.Length || !IsInWord(text, characters))
        {
            return text[..Math.Min(characters, text.Length)];
        }

        while (characters > 0 && IsWord(text[characters - 1]))
        {
            characters--;
        }

        return text[..characters];
    }

    private static bool IsInWord(string text, int at) => at > 0 && IsWord(text[at - 1]) && IsWord(text[at]);

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c is '\'' or '-';
}
