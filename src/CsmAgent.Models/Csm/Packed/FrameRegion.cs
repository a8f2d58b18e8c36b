using CsmAgent.Tensors.Kernels;
using CsmAgent.Tensors.Packing;
using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>One frame's codes from a backbone vector, as one region of the team: 1 head of the backbone, then the depth decoder
/// once per further codebook. The caller's thread samples while the others wait.</summary>
internal sealed class FrameRegion : ITeamWork, IDisposable
{
    private readonly PackedCsmWeights _weights;
    private readonly ThreadTeam _team;
    private readonly DecoderPass _depth;
    private readonly KeyValuePages _cache;
    private readonly ActivationRows _input;
    private readonly ActivationRows _logits;
    private readonly int[] _codes;
    private ICodeSampler? _sampler;

    public FrameRegion(PackedCsmWeights weights, ThreadTeam team, DecoderPass depth, KeyValuePages cache)
    {
        (_weights, _team, _depth, _cache) = (weights, team, depth, cache);
        _input = new ActivationRows(2, weights.Config.Backbone.Width, weights.Projection.GroupSize);
        _logits = new ActivationRows(1, weights.Config.AudioVocabularySize);
        _codes = new int[weights.Config.CodebookCount];
        cache.Grow(weights.Config.CodebookCount);
    }

    public void Run(ReadOnlySpan<float> hidden, ICodeSampler sampler, Span<int> codes)
    {
        hidden.CopyTo(_input[0]);
        Quantize(0);
        _sampler = sampler;
        try
        {
            _team.Run(this);
        }
        finally
        {
            _sampler = null;
        }

        _codes.CopyTo(codes);
    }

    public void Execute(int worker)
    {
        Choose(worker, 0, _input, 1);
        for (var codebook = 1; codebook < _codes.Length; codebook++)
        {
            // The first pass takes the backbone's vector and the first code together.
            var rows = codebook == 1 ? 2 : 1;
            var position = codebook == 1 ? 0 : codebook;
            var (from, to) = _team.Share(_weights.Projection.Blocks, worker);
            _weights.Projection.Multiply(_input, 2 - rows, 1, _depth.Stream, 0, 1, rows, from, to);
            _team.Barrier(worker);
            _depth.Run(worker, _cache, position, rows);
            Choose(worker, codebook, _depth.Finish(worker, rows - 1), 1);
        }
    }

    public void Dispose()
    {
        _input.Dispose();
        _logits.Dispose();
    }

    // Samples a codebook from its head and puts the embedding of the code where the projection reads it.
    private void Choose(int worker, int codebook, ActivationRows state, int embeddingRow)
    {
        var head = _weights.Heads[codebook];
        var (from, to) = _team.Share(head.Blocks, worker);
        head.Multiply(state, _logits, 1, from, to);
        _team.Barrier(worker);
        if (worker == 0)
        {
            var code = _sampler!.Sample(_logits[0]);
            _codes[codebook] = code;
            var embedding = _input[embeddingRow];
            embedding.Clear();
            _weights.AudioTable.AddRow((codebook * _weights.Config.AudioVocabularySize) + code, embedding);
            Quantize(embeddingRow);
        }

        _team.Barrier(worker);
    }

    private void Quantize(int row)
    {
        if (_input.GroupSize > 0)
        {
            _input.Quantize(row);
        }
    }
}
