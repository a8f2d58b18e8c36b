using System.Runtime.InteropServices;
using CsmAgent.Cli.Configuration;
using CsmAgent.Cli.Hosting;
using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Configuration;
using CsmAgent.Engines.Inference;
using CsmAgent.Tensors.Native;
using Microsoft.Extensions.Configuration;

namespace CsmAgent.Cli.Doctor;

/// <summary>Looks at the machine without opening a device or loading a model.</summary>
public static class Examination
{
    private static readonly (string Library, string What, string Package, bool Needed)[] Libraries =
    [
        ("portaudio", "microphone and loudspeaker (PortAudio)", "libportaudio2", false),
        ("speexdsp", "echo canceller (speexdsp)", "libspeexdsp1", false),
        ("pocketsphinx", "embedded recogniser (PocketSphinx)", "libpocketsphinx3", false),
        ("flite", "bootstrap voice (flite)", "libflite1", false),
    ];

    private static readonly string[] Sonames = ["", ".1", ".2", ".3"];

    /// <summary>Everything found, most basic first.</summary>
    public static IReadOnlyList<Finding> Run(Shell shell)
    {
        List<Finding> findings =
        [
            new(".NET", true, true, $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}"),
            Processor(),
            OfTorch(),
            Configuration(shell),
            SpeechDevice(shell),
        ];
        findings.AddRange(Libraries.Select(library => Library(library.Library, library.What, library.Package, library.Needed)));
        findings.Add(RecogniserModel());
        return findings;
    }

    private static Finding Processor()
    {
        var best = System.Runtime.Intrinsics.X86.Avx512F.IsSupported ? "AVX-512"
            : System.Runtime.Intrinsics.X86.Avx2.IsSupported ? "AVX2"
            : System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported ? "NEON" : "no vector unit we use";
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024.0 * 1024 * 1024);
        return new("processor", true, true, $"{Environment.ProcessorCount} cores, {best}, {memory:0.0} GiB memory");
    }

    // Which of them speech computes on, by the settings.
    private static Finding SpeechDevice(Shell shell)
    {
        var asked = new InferenceOptions();
        ConfigurationLoader.Load(shell, AgentHost.Schema, []).GetSection(InferenceOptions.Section).Bind(asked);
        try
        {
            var device = ComputeDevice.Find(asked.Device);
            return new("speech computes on", true, true, $"{device.Name}, CSM in {device.PrecisionFor("auto")} unless Synthesizer:Precision says otherwise (Inference:Device is {asked.Device})");
        }
        catch (Exception fault) when (fault is EngineException or ArgumentException)
        {
            return new("speech computes on", false, true, fault.Message, "set Inference:Device to cpu or auto, or mend the device");
        }
    }

    private static Finding OfTorch()
    {
        try
        {
            return new("accelerator", true, false, Accelerator.Describe() is { } found
                ? $"{found}, seen by Torch; speech runs there with Inference:Device"
                : "none that Torch reaches (for NVIDIA, build with -p:Cuda=true)");
        }
        catch (DllNotFoundException fault)
        {
            return new("Torch (codec, training)", false, true, fault.Message.Split('\n')[0], "run scripts/setup, then doctor again");
        }
    }

    private static Finding Configuration(Shell shell) =>
        new("configuration", true, true, Path.Combine(shell.Root, "config", "appsettings.json"));

    private static Finding Library(string name, string what, string package, bool needed)
    {
        foreach (var suffix in Sonames)
        {
            var file = OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so{suffix}";
            if (NativeLibrary.TryLoad(file, out var handle))
            {
                NativeLibrary.Free(handle);
                return new(what, true, needed, file);
            }
        }

        return new(what, false, needed, "the library does not load", $"scripts/setup (Debian package {package})");
    }

    private static Finding RecogniserModel()
    {
        const string Folder = "/usr/share/pocketsphinx/model/en-us";
        return Directory.Exists(Folder)
            ? new("recogniser's English model", true, false, Folder)
            : new("recogniser's English model", false, false, $"no {Folder}", "scripts/setup (Debian package pocketsphinx-en-us), or choose a transcription endpoint");
    }
}
