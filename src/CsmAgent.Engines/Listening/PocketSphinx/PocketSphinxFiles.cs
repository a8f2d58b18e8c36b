using System.Runtime.InteropServices;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Engines.Listening.PocketSphinx;

/// <summary>Where PocketSphinx's US English model lies.</summary>
/// <param name="Folder">The folder that holds all three.</param>
internal sealed record PocketSphinxFiles(string Folder)
{
    private const string Cure = "Install Debian's libpocketsphinx3 and pocketsphinx-en-us (scripts/setup does), or choose another Recognizer:Engine.";

    public string AcousticModel => Path.Combine(Folder, "en-us");

    public string Dictionary => Path.Combine(Folder, "cmudict-en-us.dict");

    public string LanguageModel => Path.Combine(Folder, "en-us.lm.bin");

    /// <summary>Makes sure that library and model are there.</summary>
    /// <exception cref="EngineException">Something is missing; the message says what to install.</exception>
    public void Require()
    {
        foreach (var library in (string[])[PocketSphinxNative.Base, PocketSphinxNative.Decoder])
        {
            if (!NativeLibrary.TryLoad(library, out _))
            {
                throw new EngineException($"The library {library} is not there. {Cure}");
            }
        }

        var missing = Array.Find(
            [Path.Combine(AcousticModel, "mdef"), Dictionary, LanguageModel], file => !File.Exists(file));
        if (missing is not null)
        {
            throw new EngineException($"PocketSphinx's model is not complete: {missing} is not there. {Cure}");
        }
    }
}
