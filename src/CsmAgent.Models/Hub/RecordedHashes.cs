using System.Text.Json;

namespace CsmAgent.Models.Hub;

/// <summary>Hashes seen on the first pull, for files whose hash the catalogue does not know: <c>csm-agent.json</c> in the
/// repository's cache folder. A later pull of the same commit must bring the same content.</summary>
/// <param name="cache">The cache.</param>
public sealed class RecordedHashes(HubCache cache)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The SHA-256 recorded for a commit's file, or null.</summary>
    public string? Find(string repository, string commit, string path) =>
        Read(repository).GetValueOrDefault(Key(commit, path));

    /// <summary>Records a hash. The caller holds the repository's lock.</summary>
    public void Write(string repository, string commit, string path, string sha256)
    {
        var all = Read(repository);
        all[Key(commit, path)] = sha256;
        var file = FileOf(repository);
        var temporary = $"{file}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}";
        File.WriteAllText(temporary, JsonSerializer.Serialize(all, Json));
        File.Move(temporary, file, overwrite: true);
    }

    private static string Key(string commit, string path) => $"{commit}/{path}";

    private string FileOf(string repository) => Path.Combine(cache.Repository(repository), "csm-agent.json");

    private SortedDictionary<string, string> Read(string repository)
    {
        var file = FileOf(repository);
        try
        {
            return File.Exists(file)
                ? JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllText(file)) ?? []
                : [];
        }
        catch (JsonException e)
        {
            throw new HubException(HubFault.Corrupt, $"{file} is not valid: {e.Message} Delete it to record the hashes anew.", e);
        }
    }
}
