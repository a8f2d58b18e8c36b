using CsmAgent.Conversation.Ports;
using CsmAgent.Tensors.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Engines.Inference;

/// <summary>Where speech models compute: on our own kernels, or on a device of Torch's.</summary>
public sealed class ComputeDevice
{
    private static readonly Dictionary<string, ScalarType> ElementTypes = new(StringComparer.Ordinal)
    {
        ["float32"] = ScalarType.Float32,
        ["float16"] = ScalarType.Float16,
        ["bfloat16"] = ScalarType.BFloat16,
    };

    private ComputeDevice(string name, Device? torch) => (Name, Torch) = (name, torch);

    /// <summary>Our own kernels.</summary>
    public static ComputeDevice Processor { get; } = new("cpu", null);

    /// <summary>The device's name: <c>cpu</c>, <c>cuda</c>, <c>mps</c> or <c>torch-cpu</c>.</summary>
    public string Name { get; }

    /// <summary>Where Torch computes; null for our own kernels.</summary>
    internal Device? Torch { get; }

    /// <summary>Half the traffic where a card has it; on Apple chips and the processor Mimi stays in single precision.</summary>
    internal ScalarType MimiDecoderType => Torch?.type == DeviceType.CUDA ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>Finds a device.</summary>
    /// <param name="name">A value of <see cref="Configuration.InferenceOptions.Device"/>.</param>
    /// <exception cref="EngineException">It is not there, or Torch cannot be loaded.</exception>
    public static ComputeDevice Find(string name)
    {
        if (name == "cpu")
        {
            return Processor;
        }

        try
        {
            return Accelerator.Find(name) is not { } found ? Processor : new(found.type == DeviceType.CPU ? name : found.type.ToString().ToLowerInvariant(), found);
        }
        catch (Exception fault) when (fault is DeviceException or DllNotFoundException)
        {
            throw new EngineException($"{fault.Message} (Inference:Device, environment CSMAGENT_Inference__Device)", fault);
        }
    }

    /// <summary>The precision CSM runs in here: what was asked for, or what suits the device.</summary>
    /// <param name="asked">A value of <see cref="Configuration.SynthesizerOptions.Precision"/>.</param>
    /// <exception cref="EngineException">The device cannot compute in it.</exception>
    public string PrecisionFor(string asked) => asked switch
    {
        "auto" => Torch?.type switch { null => "int8", DeviceType.CUDA => "bfloat16", DeviceType.MPS => "float16", _ => "float32" },
        "float16" when Torch is null => throw Unfit(asked, "float32, bfloat16, int8, mixed or int4"),
        "int8" or "mixed" or "int4" when Torch is not null => throw Unfit(asked, "float32, float16 or bfloat16"),
        _ => asked,
    };

    internal static ScalarType ElementType(string precision) => ElementTypes[precision];

    private EngineException Unfit(string asked, string fit) =>
        new($"The device '{Name}' does not compute in '{asked}'; expected {fit}, or auto (Synthesizer:Precision, Inference:Device).");
}
