using CsmAgent.Tensors.Kernels;
using CsmAgent.Tensors.Packing;
using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>One frame's codes from a backbone vector, as one region of the team: 1 head of the backbone, then the depth decoder
/// once per further codebook, and with guidance all of it a second time in step for the vector without the text. The caller's thread
/// samples while the others wait.</summary>
internal sealed class FrameRegion : ITeamWork, IDisposable
{
    private readonly PackedCsmWeights _weights;
    private readonly ThreadTeam _team;
    private readonly DecoderPass _depth;
    private readonly Lane _told;
    private readonly Lane _untold;
    private readonly int[] _codes;
    private ICodeSampler? _sampler;
    private float _guidance;
    private bool _isGuided;

    public FrameRegion(PackedCsmWeights weights, ThreadTeam team, DecoderPass depth)
    {
        (_weights, _team, _depth) = (weights, team, depth);
        (_told, _untold) = (new Lane(weights), new Lane(weights));
        _codes = new int[weights.Config.CodebookCount];
    }

    /// <param name="hidden">The backbone's vector.</param>
    /// <param name="untoldHidden">The same without the text; empty for no guidance.</param>
    /// <param name="guidance">The guidance's scale.</param>
    /// <param name="sampler">Asked once per codebook.</param>
    /// <param name="codes">Receives one code per codebook.</param>
    public void Run(ReadOnlySpan<float> hidden, ReadOnlySpan<float> untoldHidden, float guidance, ICodeSampler sampler, Span<int> codes)
    {
        _told.Begin(hidden);
        (_sampler, _guidance, _isGuided) = (sampler, guidance, !untoldHidden.IsEmpty);
        if (_isGuided)
        {
            _untold.Begin(untoldHidden);
        }

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
        for (var codebook = 0; codebook < _codes.Length; codebook++)
        {
            Predict(worker, codebook, _told);
            if (_isGuided)
            {
                Predict(worker, codebook, _untold);
            }

            if (worker == 0)
            {
                Choose(codebook);
            }

            _team.Barrier(worker);
        }
    }

    public void Dispose()
    {
        _told.Dispose();
        _untold.Dispose();
    }

    // A codebook's logits, complete after the meeting at the end.
    private void Predict(int worker, int codebook, Lane lane)
    {
        var state = lane.Input;
        if (codebook > 0)
        {
            // The first pass takes the backbone's vector and the first code together.
            var rows = codebook == 1 ? 2 : 1;
            var position = codebook == 1 ? 0 : codebook;
            var (fromProjection, toProjection) = _team.Share(_weights.Projection.Blocks, worker);
            _weights.Projection.Multiply(lane.Input, 2 - rows, 1, _depth.Stream, 0, 1, rows, fromProjection, toProjection);
            _team.Barrier(worker);
            _depth.Run(worker, lane.Cache, position, rows);
            state = _depth.Finish(worker, rows - 1);
        }

        var head = _weights.Heads[codebook];
        var (from, to) = _team.Share(head.Blocks, worker);
        head.Multiply(state, lane.Logits, 1, from, to);
        _team.Barrier(worker);
    }

    // Samples a codebook and puts the embedding of the code where the projection reads it.
    private void Choose(int codebook)
    {
        if (_isGuided)
        {
            ClassifierFreeGuidance.Lead(_told.Logits[0], _untold.Logits[0], _guidance);
        }

        var code = _sampler!.Sample(_told.Logits[0]);
        _codes[codebook] = code;
        var row = (codebook * _weights.Config.AudioVocabularySize) + code;
        _told.Hear(row);
        if (_isGuided)
        {
            _untold.Hear(row);
        }
    }

    /// <summary>What belongs to one of the two vectors.</summary>
    private sealed class Lane : IDisposable
    {
        private readonly PackedCsmWeights _weights;

        public Lane(PackedCsmWeights weights)
        {
            var config = weights.Config;
            _weights = weights;
            Input = new ActivationRows(2, config.Backbone.Width, weights.Projection.GroupSize);
            Logits = new ActivationRows(1, config.AudioVocabularySize);
            Cache = new KeyValuePages(config.Depth.LayerCount, config.Depth.KeyValueHeadCount, config.Depth.HeadWidth, config.CodebookCount);
            Cache.Grow(config.CodebookCount);
        }

        /// <summary>The backbone's vector and the last code's embedding.</summary>
        public ActivationRows Input { get; }

        public ActivationRows Logits { get; }

        public KeyValuePages Cache { get; }

        public void Begin(ReadOnlySpan<float> hidden)
        {
            hidden.CopyTo(Input[0]);
            Quantize(0);
        }

        public void Hear(int audioRow)
        {
            var embedding = Input[1];
            embedding.Clear();
            _weights.AudioTable.AddRow(audioRow, embedding);
            Quantize(1);
        }

        public void Dispose()
        {
            Input.Dispose();
            Logits.Dispose();
            Cache.Dispose();
        }

        private void Quantize(int row)
        {
            if (Input.GroupSize > 0)
            {
                Input.Quantize(row);
            }
        }
    }
}
