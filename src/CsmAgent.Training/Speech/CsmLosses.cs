using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>The figures of a batch's loss.</summary>
/// <param name="Backbone">Cross-entropy of codebook 0, nats.</param>
/// <param name="Depth">Cross-entropy of the other codebooks, nats.</param>
/// <param name="Right">Share of frames whose code 0 is the likeliest.</param>
/// <param name="Phones">Cross-entropy of the next frame's phones, nats; 0 where they are not learnt.</param>
/// <param name="Reading">The loss of <see cref="AttentionGuide.ToLetters"/>, nats; 0 where there is none.</param>
/// <param name="Voice">The loss of <see cref="AttentionGuide.ToVoice"/>, nats; 0 where there is none.</param>
/// <param name="Tag">The loss of <see cref="TagGuide"/>, nats; 0 where there is none.</param>
public sealed record CsmLosses(double Backbone, double Depth, double Right, double Phones = 0, double Reading = 0, double Voice = 0, double Tag = 0)
{
    /// <summary>The model's loss, without what only helps it to learn.</summary>
    public double Total => Backbone + Depth;

    /// <summary>Reads the figures out of a loss.</summary>
    /// <param name="loss">The loss; borrowed.</param>
    public static CsmLosses Of(CsmLoss loss)
    {
        using var guard = no_grad();
        return new(loss.Backbone.item<float>(), loss.Depth.item<float>(), loss.Right());
    }

    /// <summary>The mean of several batches' figures.</summary>
    /// <param name="losses">One per batch.</param>
    public static CsmLosses Mean(IReadOnlyList<CsmLosses> losses) =>
        new(
            losses.Average(l => l.Backbone), losses.Average(l => l.Depth), losses.Average(l => l.Right), losses.Average(l => l.Phones),
            losses.Average(l => l.Reading), losses.Average(l => l.Voice), losses.Average(l => l.Tag));

    /// <summary>Names and values for the log.</summary>
    public IEnumerable<(string Name, double Value)> Scalars() =>
        [("backbone", Backbone), ("depth", Depth), ("right", Right), ("phones", Phones), ("reading", Reading), ("voice", Voice), ("tag", Tag)];
}
