using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Models.Csm;

/// <summary>
/// One conversation's state of a CSM: the KV cache of the rows so far and the backbone's last hidden vector. Calls must not
/// overlap. A call that throws leaves the session as it was.
/// </summary>
/// <remarks>
/// The loop of a speaker is: append the prompt; then generate a frame, play it, append its row, and so on until a frame
/// ends the audio; then append the all-zero row, so that the context holds the segment as the model was trained on it.
/// </remarks>
public interface ICsmSession : IDisposable
{
    /// <summary>The model's shape.</summary>
    CsmConfig Config { get; }

    /// <summary>Rows in the cache.</summary>
    int Position { get; }

    /// <summary>The most rows there can be.</summary>
    int PositionLimit { get; }

    /// <summary>Runs the backbone over further rows (prefill and step alike).</summary>
    /// <param name="rows">Row-major [rows, codebooks + 1]; <see cref="CsmRows.Off"/> for a column that does not count. At least one row.</param>
    /// <exception cref="ArgumentException">There is no whole row, or a value is outside its vocabulary.</exception>
    /// <exception cref="ContextFullException">The rows do not fit <see cref="PositionLimit"/>.</exception>
    void Append(ReadOnlySpan<int> rows);

    /// <summary>Chooses the codes of the frame that follows the last row; the cache does not change.</summary>
    /// <param name="sampler">Asked once per codebook, in order.</param>
    /// <param name="codes">Receives one code per codebook.</param>
    /// <param name="guidance">What the choice is led away from; none for nothing, at most <see cref="CsmGuidance.Most"/>.</param>
    /// <returns>False when all codes are zero: the audio ended before this frame.</returns>
    /// <exception cref="ArgumentException"><paramref name="codes"/> has another length, or guidance is not another session of the same model, or too much.</exception>
    /// <exception cref="InvalidOperationException">Nothing was appended since a session was opened or rolled back.</exception>
    bool GenerateFrame(ICodeSampler sampler, Span<int> codes, ReadOnlySpan<CsmGuidance> guidance = default);

    /// <summary>Where the last appended row reads: the mean of the rows in a range, weighted with the attention that
    /// <see cref="CsmConfig.AlignmentHead"/> pays them. After a text it is where the next frame's letters are.</summary>
    /// <param name="first">First row of the range.</param>
    /// <param name="last">Its last row, before <see cref="Position"/>.</param>
    /// <returns>A row, fractions included; null for a model without such a head, or if nothing was appended since the session was opened or
    /// rolled back.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty or reaches beyond the rows.</exception>
    double? Reading(int first, int last);

    /// <summary>Forgets all rows from <paramref name="position"/> on. Append a row before generating again.</summary>
    /// <param name="position">Rows to keep, 0 to <see cref="Position"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not in that range.</exception>
    void RollBackTo(int position);

    /// <summary>An independent session with the same rows, for example a voice's prefilled prompt for another conversation.</summary>
    ICsmSession Fork();
}
