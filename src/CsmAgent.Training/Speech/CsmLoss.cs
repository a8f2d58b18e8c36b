using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>The loss of a batch and its parts; the tensors belong to the caller's dispose scope.</summary>
/// <param name="Total">Scalar, what is minimised.</param>
/// <param name="Backbone">Scalar, mean over the frames of codebook 0's cross-entropy.</param>
/// <param name="Depth">Scalar, mean over the chosen frames and the other codebooks.</param>
/// <param name="Hidden">[frames, width]: the backbone's hidden vectors before each frame.</param>
/// <param name="BackboneLogits">[frames, audio vocabulary].</param>
/// <param name="FirstCodes">int64 [frames]: what they should be.</param>
/// <param name="Frames">Targets of the backbone.</param>
/// <param name="DepthFrames">Frames the depth decoder learnt from.</param>
public sealed record CsmLoss(Tensor Total, Tensor Backbone, Tensor Depth, Tensor Hidden, Tensor BackboneLogits, Tensor FirstCodes, long Frames, long DepthFrames)
{
    /// <summary>Share of frames whose code 0 is the likeliest, 0 to 1.</summary>
    public double Right()
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        return BackboneLogits.argmax(-1).eq(FirstCodes).to(ScalarType.Float32).mean().item<float>();
    }
}
