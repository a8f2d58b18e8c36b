using CsmAgent.Tensors.Kernels;
using CsmAgent.Tensors.Packing;
using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>One frame's codes from a backbone vector, as one region of the team: 1 head of the backbone, then the depth decoder
/// once per further codebook; all of it in step for every vector the frame is led away from. The caller's thread samples while the others
/// wait.</summary>
internal sealed class FrameRegion : ITeamWork, IDisposable
{
    private readonly PackedCsmWeights _weights;
    private readonly ThreadTeam _team;
    private readonly DecoderPass _depth;
    private readonly Lane[] _lanes; // the frame's own first
    private readonly float[] _scales = new float[CsmGuidance.Most];
    private readonly float[] _led;
    private readonly int[] _codes;
    private ICodeSampler? _sampler;
    private int _guides;

    public FrameRegion(PackedCsmWeights weights, ThreadTeam team, DecoderPass depth)
    {
        (_weights, _team, _depth) = (weights, team, depth);
        _lanes = [.. Enumerable.Range(0, 1 + CsmGuidance.Most).Select(_ => new Lane(weights))];
        _led = new float[weights.Config.AudioVocabularySize];
        _codes = new int[weights.Config.CodebookCount];
    }

    /// <param name="hidden">The backbone's vector.</param>
    /// <param name="guidance">Packed sessions to lead away from.</param>
    /// <param name="sampler">Asked once per codebook.</param>
    /// <param name="codes">Receives one code per codebook.</param>
    public void Run(ReadOnlySpan<float> hidden, ReadOnlySpan<CsmGuidance> guidance, ICodeSampler sampler, Span<int> codes)
    {
        _lanes[0].Begin(hidden);
        for (var guide = 0; guide < guidance.Length; guide++)
        {
            _lanes[1 + guide].Begin(((PackedCsmSession)guidance[guide].Without).LastHidden);
            _scales[guide] = guidance[guide].Scale;
        }

        (_sampler, _guides) = (sampler, guidance.Length);
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
            for (var lane = 0; lane <= _guides; lane++)
            {
                Predict(worker, codebook, _lanes[lane]);
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
        foreach (var lane in _lanes)
        {
            lane.Dispose();
        }
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
        ReadOnlySpan<float> told = _lanes[0].Logits[0];
        told.CopyTo(_led);
        for (var guide = 0; guide < _guides; guide++)
        {
            ClassifierFreeGuidance.Lead(_led, told, _lanes[1 + guide].Logits[0], _scales[guide]);
        }

        if (_guides > 0)
        {
            ClassifierFreeGuidance.KeepPlausible(_led, told);
        }

        var code = _sampler!.Sample(_led);
        _codes[codebook] = code;
        for (var lane = 0; lane <= _guides; lane++)
        {
            _lanes[lane].Hear((codebook * _weights.Config.AudioVocabularySize) + code);
        }
    }

    /// <summary>What belongs to one backbone vector.</summary>
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
