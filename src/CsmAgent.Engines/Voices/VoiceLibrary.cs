using CsmAgent.Conversation.Dialogue.Script;

namespace CsmAgent.Engines.Voices;

/// <summary>The voices in one folder, usually <c>voices/</c>: one sub-folder with a <c>voice.json</c> each.</summary>
/// <param name="folder">The folder; need not exist.</param>
public sealed class VoiceLibrary(string folder)
{
    /// <summary>The folder.</summary>
    public string Folder { get; } = Path.GetFullPath(folder);

    /// <summary>Names of all voices, sorted; folders without a manifest are none.</summary>
    public IReadOnlyList<string> Names => Directory.Exists(Folder)
        ? [.. Directory.GetDirectories(Folder)
            .Where(path => File.Exists(Path.Combine(path, VoicePackFile.ManifestName)))
            .Select(path => Path.GetFileName(path)!)
            .Where(VoicePackFile.IsName)
            .Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Reads a voice.</summary>
    /// <param name="name">Its name, in any case.</param>
    /// <exception cref="VoicePackException">There is none (the nearest names are offered), or its pack is not valid.</exception>
    public VoicePack Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var wanted = name.Trim().ToLowerInvariant();
        return VoicePackFile.IsName(wanted) && File.Exists(Path.Combine(Folder, wanted, VoicePackFile.ManifestName))
            ? VoicePackFile.Read(Path.Combine(Folder, wanted))
            : throw new VoicePackException($"No voice is called '{name}' (looked in {Folder}).{NearestNames.Hint(wanted, [.. Names])}");
    }

    /// <summary>Removes a voice: only its manifest and recordings, then its folder if nothing else is in it.</summary>
    /// <returns>Files left in the folder because they are not the voice's.</returns>
    /// <exception cref="VoicePackException">There is no such voice.</exception>
    public IReadOnlyList<string> Remove(string name)
    {
        var pack = Find(name);
        foreach (var file in pack.Segments.Select(segment => segment.Audio).Append(VoicePackFile.ManifestName))
        {
            File.Delete(Path.Combine(pack.Folder, file));
        }

        var left = Directory.GetFileSystemEntries(pack.Folder);
        if (left.Length == 0)
        {
            Directory.Delete(pack.Folder);
        }

        return left;
    }
}
