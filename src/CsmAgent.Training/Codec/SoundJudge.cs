using CsmAgent.Training.Corpus;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Owns what <see cref="SoundObjective"/> listens with.</summary>
internal sealed class SoundJudge : IDisposable
{
    private readonly PhoneEar _ear = new();
    private readonly CepstralLoss _cepstra = new();
    private readonly IReadOnlyDictionary<string, Tensor> _hearing;

    public SoundJudge(
        CodecOptions options, CodecRun run, PreparedCorpus corpus, MelLoss mel, IProgress<(long Step, string Line)>? progress, CancellationToken cancellationToken)
    {
        _hearing = EarTraining.Open(options, _ear, corpus, progress, cancellationToken);
        Objective = new(new(run.Config, mel, options.PhoneWeight), _ear, _hearing, _cepstra, options);
    }

    public SoundObjective Objective { get; }

    public void Dispose()
    {
        _ear.Dispose();
        _cepstra.Dispose();
        foreach (var weight in _hearing.Values)
        {
            weight.Dispose();
        }
    }
}
