namespace CsmAgent.Engines.Hosting;

/// <summary>What the speech engines need to know.</summary>
public sealed class CsmAgentOptions
{
    /// <summary>The folder that holds <c>voices/</c>; the nearest one at or above the program when null.</summary>
    public string? Root { get; set; }

    /// <summary>The voice when none is asked for, a folder in <c>voices/</c>; default <c>neutral</c>.</summary>
    public string Voice { get; set; } = "neutral";

    /// <summary>The folder with the codec's <c>config.json</c> and <c>model.safetensors</c>; default <c>voices/desk/mimi</c>.</summary>
    public string? CodecFolder { get; set; }

    /// <summary>The recogniser's acoustic model; default where Debian's <c>pocketsphinx-en-us</c> puts it.</summary>
    public string? RecognizerFolder { get; set; }

    /// <summary>The root in use.</summary>
    /// <exception cref="DirectoryNotFoundException">No <c>voices</c> folder lies at or above the program.</exception>
    public string FindRoot()
    {
        if (Root is not null)
        {
            return Path.GetFullPath(Root);
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, "voices", "neutral")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException(
            $"No voices folder with the voice 'neutral' at or above {AppContext.BaseDirectory}. Copy the repository's voices folder beside the program or set {nameof(Root)}.");
    }
}
