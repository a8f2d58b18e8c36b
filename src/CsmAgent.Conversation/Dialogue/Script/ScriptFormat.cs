namespace CsmAgent.Conversation.Dialogue.Script;

/// <summary>How a script is written.</summary>
public enum ScriptFormat
{
    /// <summary><c>Anna: Hello.</c>, one line each.</summary>
    Plain,

    /// <summary>The same with emphasis, bullets and headings.</summary>
    Markdown,

    /// <summary><c>{"speakers": […], "lines": […]}</c>.</summary>
    Json,
}
