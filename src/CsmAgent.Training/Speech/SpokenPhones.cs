using CsmAgent.Training.Corpus;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Training.Speech;

/// <summary>Predicts the phones of the next frame from the backbone's hidden vector. Exists in training only: which codes
/// follow says little about where in the text the speech is, and phones say just that, so that a small model on a few
/// hours of speech learns to follow its text.</summary>
public static class SpokenPhones
{
    private const string Head = "spoken_phones.weight";

    /// <summary>Fresh weights, all zero: at first every phone is as likely as any other.</summary>
    /// <param name="width">Width of the backbone.</param>
    /// <param name="phones">Number of labels.</param>
    public static IEnumerable<(string Name, Tensor Value)> Initial(int width, int phones) => [(Head, zeros(PhoneRuns.LabelsPerFrame * phones, width))];

    /// <summary>Mean cross-entropy of the phones, nats.</summary>
    /// <param name="hidden">[N, width]: the backbone's hidden vector before each frame; borrowed.</param>
    /// <param name="phones">int64 [N, 4]; borrowed.</param>
    /// <param name="tensors">Trained tensors by name, of any precision; borrowed.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Loss(Tensor hidden, Tensor phones, IReadOnlyDictionary<string, Tensor> tensors)
    {
        var logits = F.linear(hidden, tensors[Head]).to(ScalarType.Float32);
        return F.cross_entropy(logits.view(logits.size(0) * PhoneRuns.LabelsPerFrame, -1), phones.flatten());
    }
}
