using System.Runtime.InteropServices;
using CsmAgent.Audio.Native;

namespace CsmAgent.Audio.Echo;

/// <summary>speexdsp's linear echo canceller (an adaptive filter in blocks of the frequency domain), hop by hop.</summary>
internal sealed unsafe partial class SpeexEcho : SafeHandle
{
    private const int SetSamplingRate = 24;

    private readonly short[] _captured;
    private readonly short[] _played;
    private readonly short[] _output;

    private SpeexEcho(nint state, int hopSamples)
        : base(0, ownsHandle: true)
    {
        SetHandle(state);
        (_captured, _played, _output) = (new short[hopSamples], new short[hopSamples], new short[hopSamples]);
    }

    public override bool IsInvalid => handle == 0;

    /// <exception cref="EchoCancellerException">The library is missing.</exception>
    public static SpeexEcho Create(int hopSamples, int tailSamples, int sampleRateHz)
    {
        NativeLibraries.Register();
        try
        {
            var echo = new SpeexEcho(speex_echo_state_init(hopSamples, tailSamples), hopSamples);
            _ = speex_echo_ctl(echo, SetSamplingRate, &sampleRateHz);
            return echo;
        }
        catch (Exception problem) when (problem is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            throw new EchoCancellerException(
                "The echo canceller's library speexdsp is not installed. Run scripts/setup, or install it yourself (Debian: libspeexdsp1, macOS: brew install speexdsp). Without it use headphones and turn echo cancellation off.", problem);
        }
    }

    /// <summary>Subtracts what of <paramref name="played"/> is found in <paramref name="captured"/>.</summary>
    public void Process(ReadOnlySpan<float> captured, ReadOnlySpan<float> played, Span<float> output)
    {
        ToShort(captured, _captured);
        ToShort(played, _played);
        fixed (short* c = _captured, p = _played, o = _output)
        {
            speex_echo_cancellation(this, c, p, o);
        }

        for (var i = 0; i < output.Length; i++)
        {
            output[i] = _output[i] / 32_768f;
        }
    }

    public void Reset() => speex_echo_state_reset(this);

    protected override bool ReleaseHandle()
    {
        speex_echo_state_destroy(handle);
        return true;
    }

    private static void ToShort(ReadOnlySpan<float> samples, short[] shorts)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            shorts[i] = (short)Math.Clamp(MathF.Round(samples[i] * 32_768f), short.MinValue, short.MaxValue);
        }
    }

    [LibraryImport(NativeLibraries.SpeexDsp)]
    private static partial nint speex_echo_state_init(int frameSize, int filterLength);

    [LibraryImport(NativeLibraries.SpeexDsp)]
    private static partial void speex_echo_state_destroy(nint state);

    [LibraryImport(NativeLibraries.SpeexDsp)]
    private static partial void speex_echo_state_reset(SpeexEcho state);

    [LibraryImport(NativeLibraries.SpeexDsp)]
    private static partial int speex_echo_ctl(SpeexEcho state, int request, void* value);

    [LibraryImport(NativeLibraries.SpeexDsp)]
    private static partial void speex_echo_cancellation(SpeexEcho state, short* captured, short* played, short* output);
}
