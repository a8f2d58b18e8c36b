namespace CsmAgent.Cli.Verbs;

/// <summary>Files that a conversation left.</summary>
internal static class ConversationFile
{
    /// <summary>The path, if there is a file.</summary>
    /// <exception cref="CliException">There is none.</exception>
    public static string Require(string path) => File.Exists(path)
        ? path
        : throw new CliException(ExitCode.Missing, $"There is no file {path}. 'csm-agent talk' leaves conversation.jsonl and turns.jsonl in --output, or in the current folder.");
}
