namespace CsmAgent.Conversation.Dialogue.Script;

/// <summary>Reads scripts.</summary>
/// <remarks>
/// Plain text and Markdown: a line is <c>Name: words</c>; an indented line goes on with the one above; empty lines and lines that
/// begin with <c>//</c> are skipped; <c># Title</c> begins a chapter; <c>[pause 1s]</c> may stand alone. In Markdown the name may be
/// bold, bullets and rules are ignored, and a line wholly in italics is a note that nobody speaks. What stands in brackets
/// inside a line is a stage direction.
/// </remarks>
public static class DialogueParser
{
    /// <summary>The largest script in characters: 32 million.</summary>
    public const int MaxCharacters = 32_000_000;

    /// <summary>The format a file's name suggests: <c>.json</c>, <c>.md</c> or <c>.markdown</c>, else plain.</summary>
    public static ScriptFormat FormatOf(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".JSON" => ScriptFormat.Json,
        ".MD" or ".MARKDOWN" => ScriptFormat.Markdown,
        _ => ScriptFormat.Plain,
    };

    /// <summary>Reads a script.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="cast">Who may speak, in the order of their ids; null takes the names as they appear.</param>
    /// <exception cref="DialogueException">It cannot be spoken; every fault is listed with its line.</exception>
    public static DialogueScript Parse(string text, ScriptFormat format, string name, IReadOnlyList<string>? cast = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        CheckCast(cast, name);
        if (text.Length > MaxCharacters)
        {
            throw new DialogueException($"{name} has {text.Length} characters; at most {MaxCharacters} are read. Make several scripts of it.");
        }

        var builder = new ScriptBuilder(name, cast);
        switch (format)
        {
            case ScriptFormat.Json:
                JsonScript.Read(text, builder);
                break;
            case ScriptFormat.Markdown:
            case ScriptFormat.Plain:
                TextScript.Read(text, format, builder);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format));
        }

        return builder.Build(name);
    }

    private static void CheckCast(IReadOnlyList<string>? cast, string name)
    {
        if (cast is null)
        {
            return;
        }

        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var member in cast)
        {
            if (!seen.Add(member))
            {
                throw new DialogueException($"{name}: '{member}' is in the cast twice.");
            }
        }

        if (cast.Count is 0 or > ScriptBuilder.MaxSpeakers)
        {
            throw new DialogueException($"{name}: a cast of {cast.Count}; 1 to {ScriptBuilder.MaxSpeakers} speakers share a context.");
        }
    }
}
