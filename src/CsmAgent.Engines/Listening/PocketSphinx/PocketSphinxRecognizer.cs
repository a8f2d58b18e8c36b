using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Reply;

namespace CsmAgent.Engines.Listening.PocketSphinx;

/// <summary>The embedded recogniser: PocketSphinx with US English, biased towards what people say to the desk assistant.</summary>
/// <param name="modelFolder">The folder with <c>en-us/</c>, <c>en-us.lm.bin</c> and <c>cmudict-en-us.dict</c>.</param>
/// <param name="deskWeight">Weight of the desk language model against the generic one, 0.01 to 0.99.</param>
/// <param name="names">What agents are called and people call them by; null or empty for none.</param>
public sealed class PocketSphinxRecognizer(
    string modelFolder, double deskWeight = PocketSphinxRecognizer.DefaultDeskWeight, IReadOnlyList<string>? names = null) : ISpeechRecognizer
{
    /// <summary>Where Debian's pocketsphinx-en-us lies.</summary>
    public const string DebianModelFolder = "/usr/share/pocketsphinx/model/en-us";

    /// <summary>The desk language model's weight.</summary>
    public const double DefaultDeskWeight = 0.3;

    private const int Sentences = 30_000;
    private const int Seed = 1;
    private readonly PocketSphinxFiles _files = new(modelFolder);
    private readonly Lazy<string> _deskModel = new(() =>
    {
        using var text = new StringWriter();
        var sentences = DeskPhrases.Grammar.Sample(Sentences, Seed);
        new TrigramModel(names is { Count: > 0 } ? AddressedSentences.Of(sentences, names, Seed) : sentences).WriteArpa(text);
        return text.ToString();
    });

    /// <inheritdoc/>
    public string Name => "PocketSphinx (US English, offline)";

    /// <inheritdoc/>
    public async ValueTask<IRecognitionSession> OpenAsync(CancellationToken cancellationToken)
    {
        _files.Require();
        return await Task.Run(Open, cancellationToken);
    }

    private PocketSphinxSession Open()
    {
        // The library reads language models from files only.
        var file = Path.Combine(Path.GetTempPath(), $"csm-agent-{Guid.NewGuid():N}.lm");
        try
        {
            File.WriteAllText(file, _deskModel.Value);
            return new PocketSphinxSession(new PocketSphinxDecoder(_files, file, (float)deskWeight));
        }
        catch (IOException full)
        {
            throw new EngineException($"The desk language model could not be written to {file}: {full.Message}", full);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
