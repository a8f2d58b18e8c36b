using CsmAgent.Engines.Configuration;
using Microsoft.Extensions.Configuration;

namespace CsmAgent.Engines.Hosting;

/// <summary>What the speech engines need to know.</summary>
public sealed class CsmAgentOptions
{
    /// <summary>The folder that holds <c>voices/</c>; the nearest one at or above the program when null.</summary>
    public string? Root { get; set; }

    /// <summary>Settings of the engines, such as <c>Synthesizer:Engine</c>; see <see cref="EngineSections"/>. Null takes the defaults.
    /// What is set here in code goes before.</summary>
    public IConfiguration? Configuration { get; set; }

    /// <summary>The voice when none is asked for, a folder in <c>voices/</c>; null takes <c>Synthesizer:Voice</c>, or <c>neutral</c>.</summary>
    public string? Voice { get; set; }

    /// <summary>The folder with the codec's <c>config.json</c> and <c>model.safetensors</c>; null takes <c>Codec:Folder</c>, or
    /// <c>voices/desk/mimi</c>. A relative path begins at the root.</summary>
    public string? CodecFolder { get; set; }

    /// <summary>The recogniser's acoustic model; null takes <c>Recognizer:ModelFolder</c>, or where Debian's <c>pocketsphinx-en-us</c> puts it.</summary>
    public string? RecognizerFolder { get; set; }

    /// <summary>All settings as one configuration.</summary>
    internal IConfiguration ToConfiguration()
    {
        KeyValuePair<string, string?>[] inCode =
        [
            new($"{SynthesizerOptions.Section}:{nameof(SynthesizerOptions.Voice)}", Voice),
            new($"{CodecOptions.Section}:{nameof(CodecOptions.Folder)}", CodecFolder),
            new($"{RecognizerOptions.Section}:{nameof(RecognizerOptions.ModelFolder)}", RecognizerFolder),
        ];
        var builder = new ConfigurationBuilder()
            .AddInMemoryCollection([new($"{SynthesizerOptions.Section}:{nameof(SynthesizerOptions.Voice)}", "neutral")]);
        if (Configuration is not null)
        {
            builder.AddConfiguration(Configuration);
        }

        return builder.AddInMemoryCollection(inCode.Where(setting => setting.Value is not null)).Build();
    }

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
