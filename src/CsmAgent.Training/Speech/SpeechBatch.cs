using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>One worker's sequences of a step; the tensors belong to the dispose scope that made them.</summary>
/// <param name="Rows">int64 [B, S, codebooks + 1]: what is heard and read.</param>
/// <param name="Labels">int64 [B, S, codebooks]: the codes to predict, <see cref="CsmObjective.Ignored"/> where there is no loss.</param>
/// <param name="Phones">int64 [B, S, 4]: the phones of the row's frame, one per 20 ms, <see cref="CsmObjective.Ignored"/> where there is no frame.</param>
/// <param name="Spoken">int64 [B, S, 2]: the first and the last text row that the row's frame says, <see cref="CsmObjective.Ignored"/> where there is no
/// frame or no alignment.</param>
/// <param name="Turns">int64 [B, S, 3]: whose tag the row's frame has (<see cref="SpeakerTags"/>), in which turn of the sequence it is, both from 0, and the row of
/// that turn's tag;
/// <see cref="CsmObjective.Ignored"/> where there is no frame.</param>
public sealed record SpeechBatch(Tensor Rows, Tensor Labels, Tensor Phones, Tensor Spoken, Tensor Turns)
{
    /// <summary>Columns of <see cref="Turns"/>.</summary>
    public const int TurnColumns = 3;
}
