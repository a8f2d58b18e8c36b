using CsmAgent.Audio;
using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Codec;
using CsmAgent.Engines.Configuration;
using CsmAgent.Engines.Inference;
using CsmAgent.Engines.Voices;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Engines.Speaking.Csm;

/// <summary>CSM behind the synthesiser port; loaded at first use on the inference thread. A voice's prompt is run once and forked for
/// each conversation.</summary>
/// <param name="options">How it is loaded and sampled.</param>
/// <param name="folder">The model's folder.</param>
/// <param name="codec">The Mimi the model was trained with; borrowed.</param>
/// <param name="voices">Where voices lie.</param>
/// <param name="owner">The inference thread; borrowed.</param>
/// <param name="notice">Told what is made once and kept on disk, and what cannot be kept; null tells nobody.</param>
/// <param name="device">Where the model computes; null for our own kernels.</param>
public sealed class CsmSynthesizer(
    SynthesizerOptions options, string folder, MimiSpeechCodec codec, VoiceLibrary voices, InferenceOwner owner, Action<string>? notice = null,
    ComputeDevice? device = null)
    : ISpeechSynthesizer, IAsyncDisposable
{
    // A short clause: its text, a second of sound, its end.
    private const int LeastRoom = 40;

    private readonly SemaphoreSlim _loading = new(1, 1);
    private readonly Dictionary<string, ICsmSession> _prompts = new(StringComparer.Ordinal);
    private readonly ComputeDevice _device = device ?? ComputeDevice.Processor;
    private readonly string _precision = (device ?? ComputeDevice.Processor).PrecisionFor(options.Precision);
    private CsmModel? _model;

    /// <inheritdoc/>
    public string Name => $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))} (CSM, {_precision})";

    /// <inheritdoc/>
    public bool IsBootstrap => false;

    /// <inheritdoc/>
    public string IdentityOf(string? voice)
    {
        // A retrained model keeps its name and lies in the same place.
        FileInfo[] files = Directory.Exists(folder) ? [.. new DirectoryInfo(folder).GetFiles().Where(file => file.Extension is ".safetensors" or ".json")] : [];
        var model = string.Join(' ', files.OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}"));
        var sampling = FormattableString.Invariant($"{options.Temperature} {options.TopK} {options.Guidance} {options.VoiceGuidance}");
        return $"{Name} {model} {sampling} {((voice ?? options.Voice) is { } name ? VoicePackFile.Fingerprint(Find(name)) : "")}";
    }

    /// <inheritdoc/>
    public ValueTask<ISpeechSession> OpenAsync(string? voice, CancellationToken cancellationToken) =>
        OpenAsync((voice ?? options.Voice) is { } name ? [Find(name)] : [], shared: false, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ISpeechSession> OpenSharedAsync(IReadOnlyList<string> voices, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(voices);
        return OpenAsync([.. voices.Select(Find)], shared: voices.Count > 1, cancellationToken);
    }

    /// <summary>Frees the model; sessions must be gone.</summary>
    public async ValueTask DisposeAsync()
    {
        await owner.RunAsync(
            () =>
            {
                foreach (var prompt in _prompts.Values)
                {
                    prompt.Dispose();
                }

                _prompts.Clear();
                _model?.Dispose();
                _model = null;
            },
            InferenceDeadlines.Background,
            CancellationToken.None);
        _loading.Dispose();
    }

    private async ValueTask<ISpeechSession> OpenAsync(VoicePack[] packs, bool shared, CancellationToken cancellationToken)
    {
        var mimi = await codec.LoadAsync(cancellationToken);
        await _loading.WaitAsync(cancellationToken);
        try
        {
            return await owner.RunAsync(
                () =>
                {
                    var model = _model ??= Load(mimi);
                    var key = string.Join('+', packs.Select(pack => pack.Name));
                    if (!_prompts.TryGetValue(key, out var prompt))
                    {
                        _prompts[key] = prompt = Prefill(model, mimi, packs, shared);
                    }

                    var context = new CsmContext(prompt.Fork(), model.Tokenizer);
                    var own = packs is [var only] ? only.Sampling : null;
                    var sampling = new SamplingSettings(
                        own?.Temperature ?? (float?)options.Temperature ?? model.Sampling.Temperature, own?.TopK ?? options.TopK ?? model.Sampling.TopK,
                        (float?)options.Guidance ?? model.Sampling.Guidance, (float?)options.VoiceGuidance ?? model.Sampling.VoiceGuidance);
                    return new CsmSpeechSession(
                        owner, context, mimi, sampling, options.Seed, shared || packs.Length == 0 ? 0 : packs[0].Speaker, [.. packs.Select(pack => pack.Tone)]);
                },
                InferenceDeadlines.Background,
                cancellationToken);
        }
        finally
        {
            _loading.Release();
        }
    }

    private CsmModel Load(MimiModel mimi)
    {
        var model = CsmModel.Load(folder, options, _device, _precision, notice ?? (_ => { }));
        if (mimi.CodebookCount < model.Config.CodebookCount || mimi.CodebookSize > model.Config.AudioVocabularySize)
        {
            model.Dispose();
            throw new EngineException(
                $"The speech model in {folder} has {model.Config.CodebookCount} codebooks of at most {model.Config.AudioVocabularySize} codes; the codec has "
                + $"{mimi.CodebookCount} of {mimi.CodebookSize}. They were not trained together: check Codec:Folder.");
        }

        return model;
    }

    private ICsmSession Prefill(CsmModel model, MimiModel mimi, VoicePack[] packs, bool shared)
    {
        try
        {
            List<(int Speaker, string Text, float[] Samples)> parts =
            [
                .. packs.SelectMany((pack, i) => pack.Segments.Select(part =>
                    (shared ? i : pack.Speaker, part.Transcript, VoicePackFile.ReadAudio(pack, part)))),
            ];
            var name = string.Join('\n', parts.Select(part => $"{part.Speaker} {part.Text} {CsmPromptCache.NameOf(part.Samples)}").Prepend(mimi.Source));
            if (model.TryOpenPrompt(name, options.PositionLimit) is { } kept)
            {
                return kept;
            }

            var session = model.OpenSession(options.PositionLimit);
            var prompt = new CsmContext(session, model.Tokenizer);
            try
            {
                foreach (var part in parts)
                {
                    var segment = new ContextSegment(part.Speaker, part.Text, null);
                    segment.Frames.AddRange(Encode(mimi, model.Config.CodebookCount, part.Samples));
                    RequireRoom(packs, prompt.Position + model.Tokenizer.EncodeSegment(segment.Speaker, segment.Text).Count + segment.Frames.Count + 1, prompt.Limit);
                    prompt.Append(segment);
                }
            }
            catch
            {
                prompt.Dispose();
                throw;
            }

            if (parts.Count > 0)
            {
                model.KeepPrompt(name, session);
            }

            return session;
        }
        catch (VoicePackException fault)
        {
            throw new EngineException(fault.Message, fault);
        }
    }

    // A prompt that is cut is another voice.
    private static void RequireRoom(VoicePack[] packs, int positions, int limit)
    {
        if (positions + LeastRoom > limit)
        {
            throw new EngineException(
                $"The recordings of {string.Join(" and ", packs.Select(pack => $"'{pack.Name}'"))} take {positions} positions or more; the model has {limit}, and {LeastRoom} of them must be left to talk. "
                + "Shorten the recordings, or choose fewer or other voices.");
        }
    }

    private static List<int[]> Encode(MimiModel mimi, int codebooks, float[] samples)
    {
        using var encoder = mimi.OpenEncoder(codebooks);
        List<int[]> frames = [];
        var block = new float[AudioFormat.FrameSamples];
        for (var start = 0; start < samples.Length; start += block.Length)
        {
            var count = Math.Min(block.Length, samples.Length - start);
            samples.AsSpan(start, count).CopyTo(block);
            block.AsSpan(count).Clear();
            var codes = new int[codebooks];
            encoder.Encode(block, codes);
            frames.Add(codes);
        }

        return frames;
    }

    private VoicePack Find(string name)
    {
        try
        {
            var pack = voices.Find(name);
            pack.RequireModel(ModelName);
            return pack;
        }
        catch (VoicePackException fault)
        {
            throw new EngineException(fault.Message, fault);
        }
    }

    // The folder's name, or for a "csm" folder that of its parent: voices/desk/csm is the model "desk".
    private string ModelName
    {
        get
        {
            var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
            return Path.GetFileName(path) is var last && last == "csm" ? Path.GetFileName(Path.GetDirectoryName(path)!) : last;
        }
    }
}
