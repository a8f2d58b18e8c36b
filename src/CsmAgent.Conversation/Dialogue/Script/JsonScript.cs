using System.Text.Json;
using System.Text.Json.Serialization;

namespace CsmAgent.Conversation.Dialogue.Script;

/// <summary>Reads <c>{"speakers": [{"name", "id"?, "voice"?}]?, "lines": [{"speaker", "text", "pause"?, "overlap"?, "pace"?, "level"?,
/// "seed"?, "chapter"?}]}</c>; times in seconds, level in decibels.</summary>
internal static class JsonScript
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
        AllowTrailingCommas = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        MaxDepth = 8,
    };

    private sealed record Root(IReadOnlyList<Line> Lines, IReadOnlyList<Speaker>? Speakers = null);

    private sealed record Speaker(string Name, int? Id = null, string? Voice = null);

    private sealed record Line(
        string Speaker, string Text, double? Pause = null, double Overlap = 0, double Pace = 1, double Level = 0,
        ulong? Seed = null, string? Chapter = null);

    public static void Read(string text, ScriptBuilder builder)
    {
        Root? root;
        try
        {
            root = JsonSerializer.Deserialize<Root>(text, Options);
        }
        catch (JsonException e)
        {
            builder.Faults.Add($"line {(e.LineNumber ?? 0) + 1}", e.Message);
            return;
        }

        if (root is null)
        {
            builder.Faults.Add("line 1", "null instead of an object with 'lines'");
            return;
        }

        Declare(root.Speakers ?? [], builder);
        for (var i = 0; i < root.Lines.Count && !builder.Faults.IsFull; i++)
        {
            var line = root.Lines[i];
            var source = $"lines[{i}]";
            builder.Chapter(line.Chapter ?? "");
            var faults = 0;
            var pause = Seconds("pause", line.Pause ?? 0, 60);
            var overlap = Seconds("overlap", line.Overlap, 10);
            if (faults == 0)
            {
                builder.Line(source, line.Speaker, line.Text, new LineDirection(line.Pause is null ? null : pause, overlap, line.Pace, line.Level, line.Seed));
            }

            TimeSpan Seconds(string what, double seconds, double most)
            {
                if (seconds >= 0 && seconds <= most)
                {
                    return TimeSpan.FromSeconds(seconds);
                }

                faults++;
                builder.Faults.Add(source, $"{what} is {seconds}; allowed are 0 to {most} seconds");
                return TimeSpan.Zero;
            }
        }
    }

    private static void Declare(IReadOnlyList<Speaker> speakers, ScriptBuilder builder)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var ids = new Dictionary<int, string>();
        for (var i = 0; i < speakers.Count; i++)
        {
            var speaker = speakers[i];
            var source = $"speakers[{i}]";
            if (!names.Add(speaker.Name))
            {
                builder.Faults.Add(source, $"'{speaker.Name}' is listed twice");
                continue;
            }

            if (speaker.Id is { } id && !ids.TryAdd(id, speaker.Name))
            {
                builder.Faults.Add(source, $"'{speaker.Name}' has id {id}, which is {ids[id]}'s");
                continue;
            }

            if (speaker.Id is { } number && (number < 0 || number >= speakers.Count))
            {
                builder.Faults.Add(source, $"'{speaker.Name}' has id {number}; ids are 0 to {speakers.Count - 1}");
            }
        }

        // Ids decide the order; speakers without one follow.
        foreach (var (speaker, i) in speakers.Select((speaker, i) => (speaker, i)).OrderBy(pair => pair.speaker.Id ?? int.MaxValue))
        {
            builder.Declare($"speakers[{i}]", speaker.Name, speaker.Voice);
        }
    }
}
