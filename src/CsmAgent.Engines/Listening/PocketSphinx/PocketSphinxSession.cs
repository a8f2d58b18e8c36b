using System.Runtime.InteropServices;
using CsmAgent.Audio;
using CsmAgent.Audio.Resampling;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Engines.Listening.PocketSphinx;

/// <summary>One conversation's PocketSphinx. Decodes on a pool thread, about a fifth of real time on one core. The first words of
/// a conversation are decoded once the voice they are spoken in is known: a moment later, and then faster than they are spoken.</summary>
internal sealed class PocketSphinxSession(PocketSphinxDecoder decoder) : IRecognitionSession
{
    private const int DecoderRateHz = 16_000;

    // Enough to know a voice and a microphone by; longer would leave more to be decoded when the user falls silent.
    private const int LearningSamples = 8 * DecoderRateHz / 10;

    private readonly Resampler _resampler = new(AudioFormat.SampleRateHz, DecoderRateHz);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private float[] _clean = [];
    private float[] _resampled = [];
    private short[] _pcm = [];
    private readonly List<short> _beginning = [];
    private string _text = string.Empty;
    private bool _open;
    private bool _fed;
    private bool _knowsVoice;
    private bool _disposed;

    /// <summary>The words of the utterance that was finished last, and the second of it at which each ends.</summary>
    public IReadOnlyList<(string Word, double EndSeconds)> Words { get; private set; } = [];

    public ValueTask StartAsync(CancellationToken cancellationToken) => Run(Start, cancellationToken);

    public async ValueTask<string?> AcceptAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken)
    {
        var before = _text;
        await Run(() => Accept(samples.Span), cancellationToken);
        return _text == before ? null : _text;
    }

    public async ValueTask<Recognition> FinishAsync(CancellationToken cancellationToken)
    {
        Recognition? result = null;
        await Run(() => result = Finish(), cancellationToken);
        return result!;
    }

    public async ValueTask DisposeAsync()
    {
        // A call that was given up by its caller may still run: the decoder goes when it is done.
        await _turn.WaitAsync(CancellationToken.None);
        if (!_disposed)
        {
            _disposed = true;
            decoder.Dispose();
        }

        _turn.Release();
    }

    private async ValueTask Run(Action work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            await Task.Run(work, CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Start()
    {
        if (_open)
        {
            decoder.End();
        }

        decoder.Start();
        _beginning.Clear();
        _resampler.Reset();
        _text = string.Empty;
        _open = true;
        _fed = false;
    }

    private void Accept(ReadOnlySpan<float> samples)
    {
        if (!_open)
        {
            throw new InvalidOperationException("StartAsync comes before AcceptAsync.");
        }

        if (_clean.Length < samples.Length)
        {
            // The output is never longer than the input: 24 kHz to 16 kHz.
            _clean = new float[samples.Length];
            _resampled = new float[samples.Length];
            _pcm = new short[samples.Length];
        }

        for (var i = 0; i < samples.Length; i++)
        {
            // Not a number would poison every later feature of the utterance: silence instead.
            _clean[i] = float.IsNaN(samples[i]) ? 0f : Math.Clamp(samples[i], -1f, 1f);
        }

        var count = _resampler.Process(_clean.AsSpan(0, samples.Length), _resampled);
        for (var i = 0; i < count; i++)
        {
            _pcm[i] = (short)MathF.Round(Math.Clamp(_resampled[i], -1f, 1f) * short.MaxValue);
        }

        if (count > 0)
        {
            Feed(_pcm.AsSpan(0, count));
        }
    }

    private void Feed(ReadOnlySpan<short> samples)
    {
        if (!_knowsVoice && !_fed)
        {
            var count = Math.Min(samples.Length, LearningSamples - _beginning.Count);
            _beginning.AddRange(samples[..count]);
            if (_beginning.Count < LearningSamples)
            {
                return;
            }

            FeedBeginning();
            samples = samples[count..];
        }

        decoder.Feed(samples);
        _fed = true;
        _text = decoder.Text;
    }

    private void FeedBeginning()
    {
        decoder.FeedBeginning(CollectionsMarshal.AsSpan(_beginning));
        _fed = true;
        _text = decoder.Text;
    }

    private Recognition Finish()
    {
        if (!_open)
        {
            throw new InvalidOperationException("StartAsync comes before FinishAsync.");
        }

        if (_beginning.Count > 0 && !_fed)
        {
            FeedBeginning();
        }

        decoder.End();
        _open = false;
        _text = _fed ? decoder.Text : string.Empty;
        Words = _fed ? decoder.Words() : [];
        _knowsVoice |= _text.Length > 0; // a noise without words taught nothing
        return new Recognition(_text, _text.Length == 0 ? null : decoder.Confidence);
    }
}
