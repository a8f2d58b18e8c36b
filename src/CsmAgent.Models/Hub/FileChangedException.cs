namespace CsmAgent.Models.Hub;

/// <summary>The hub named one content when asked and another when fetched: begin again.</summary>
internal sealed class FileChangedException() : Exception("The file changed on the hub while it was fetched.");
