using System.Text.Encodings.Web;
using System.Text.Json;
using CsmAgent.Conversation.Protocol;

namespace CsmAgent.Conversation.Recording;

/// <summary><c>conversation.jsonl</c>: one event per line, as it happened, whole after every line. Meters are left out.</summary>
public static class ConversationLog
{
    /// <summary>The file's name.</summary>
    public const string FileName = "conversation.jsonl";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>One event as one line of JSON.</summary>
    public static string Line(ConversationEvent e) => JsonSerializer.Serialize(e, Json);

    /// <summary>Reads a log back.</summary>
    /// <exception cref="InvalidDataException">A line is not an event; the message names it. A last line without its end, as a killed
    /// process leaves it, is skipped.</exception>
    public static IReadOnlyList<ConversationEvent> Read(string path)
    {
        var events = new List<ConversationEvent>();
        var text = File.ReadAllText(path);
        var number = 0;
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            number++;
            try
            {
                events.Add(JsonSerializer.Deserialize<ConversationEvent>(line, Json)
                    ?? throw new JsonException("the line is null"));
            }
            catch (Exception e) when (e is JsonException or NotSupportedException)
            {
                throw new InvalidDataException($"{path}, line {number} is not an event of a conversation: {e.Message}", e);
            }
        }

        return events;
    }

    /// <summary>Writes events until they end. A disk that is full is told once and the rest is let go.</summary>
    internal static async Task WriteAsync(string folder, IAsyncEnumerable<ConversationEvent> events, Action<string> trouble)
    {
        var path = Path.Combine(folder, FileName);
        StreamWriter? writer = new(path, append: false) { AutoFlush = true, NewLine = "\n" };
        await foreach (var e in events.ConfigureAwait(false))
        {
            if (writer is null || e is ConversationEvents.Levels)
            {
                continue;
            }

            try
            {
                await writer.WriteLineAsync(Line(e)).ConfigureAwait(false);
            }
            catch (IOException failure)
            {
                trouble($"The log {path} stopped: {failure.Message} The conversation goes on without it.");
                try
                {
                    await writer.DisposeAsync().ConfigureAwait(false);
                }
                catch (IOException)
                {
                    // What could not be written cannot be flushed either.
                }

                writer = null;
            }
        }

        if (writer is not null)
        {
            await writer.DisposeAsync().ConfigureAwait(false);
        }
    }
}
