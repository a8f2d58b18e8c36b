using System.Runtime.InteropServices;
using CsmAgent.Audio.Native;

namespace CsmAgent.Audio.Devices.PortAudio;

/// <summary>The part of portaudio.h (API 19) that is used.</summary>
internal static unsafe partial class PortAudioNative
{
    public const int NoError = 0;
    public const int NoDevice = -1;
    public const int DeviceUnavailable = -9985;
    public const int UnanticipatedHostError = -9999;
    public const ulong SampleFormatFloat32 = 1;
    public const int CallbackContinue = 0;
    public const int CallbackAbort = 2;
    public const ulong FlagInputUnderflow = 1;
    public const ulong FlagInputOverflow = 2;
    public const ulong FlagOutputUnderflow = 4;
    public const ulong FlagOutputOverflow = 8;

    private const string Library = NativeLibraries.PortAudio;

    [LibraryImport(Library)]
    public static partial int Pa_Initialize();

    [LibraryImport(Library)]
    public static partial int Pa_Terminate();

    [LibraryImport(Library)]
    public static partial byte* Pa_GetVersionText();

    [LibraryImport(Library)]
    public static partial byte* Pa_GetErrorText(int error);

    [LibraryImport(Library)]
    public static partial HostErrorInfo* Pa_GetLastHostErrorInfo();

    [LibraryImport(Library)]
    public static partial int Pa_GetDeviceCount();

    [LibraryImport(Library)]
    public static partial int Pa_GetDefaultInputDevice();

    [LibraryImport(Library)]
    public static partial int Pa_GetDefaultOutputDevice();

    [LibraryImport(Library)]
    public static partial DeviceInfo* Pa_GetDeviceInfo(int device);

    [LibraryImport(Library)]
    public static partial HostApiInfo* Pa_GetHostApiInfo(int hostApi);

    [LibraryImport(Library)]
    public static partial int Pa_IsFormatSupported(StreamParameters* input, StreamParameters* output, double sampleRate);

    [LibraryImport(Library)]
    public static partial int Pa_OpenStream(
        nint* stream,
        StreamParameters* input,
        StreamParameters* output,
        double sampleRate,
        CULong framesPerBuffer,
        CULong flags,
        delegate* unmanaged<float*, float*, CULong, CallbackTimes*, CULong, nint, int> callback,
        nint userData);

    [LibraryImport(Library)]
    public static partial int Pa_SetStreamFinishedCallback(PortAudioStream stream, delegate* unmanaged<nint, void> callback);

    [LibraryImport(Library)]
    public static partial int Pa_StartStream(PortAudioStream stream);

    [LibraryImport(Library)]
    public static partial int Pa_AbortStream(PortAudioStream stream);

    [LibraryImport(Library)]
    public static partial int Pa_CloseStream(nint stream);

    [LibraryImport(Library)]
    public static partial StreamInfo* Pa_GetStreamInfo(PortAudioStream stream);

    public static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? string.Empty;

    [StructLayout(LayoutKind.Sequential)]
    public struct DeviceInfo
    {
        public int StructVersion;
        public byte* Name;
        public int HostApi;
        public int MaxInputChannels;
        public int MaxOutputChannels;
        public double DefaultLowInputLatency;
        public double DefaultLowOutputLatency;
        public double DefaultHighInputLatency;
        public double DefaultHighOutputLatency;
        public double DefaultSampleRate;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct HostApiInfo
    {
        public int StructVersion;
        public int Type;
        public byte* Name;
        public int DeviceCount;
        public int DefaultInputDevice;
        public int DefaultOutputDevice;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct HostErrorInfo
    {
        public int HostApiType;
        public CLong ErrorCode;
        public byte* ErrorText;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct StreamParameters
    {
        public int Device;
        public int ChannelCount;
        public CULong SampleFormat;
        public double SuggestedLatency;
        public nint HostApiSpecificStreamInfo;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct StreamInfo
    {
        public int StructVersion;
        public double InputLatency;
        public double OutputLatency;
        public double SampleRate;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct CallbackTimes
    {
        public double InputBufferAdcTime;
        public double CurrentTime;
        public double OutputBufferDacTime;
    }
}
