using CsmAgent.Models.Configuration;
using CsmAgent.Tensors.Native;
using CsmAgent.Tensors.Safetensors;
using static TorchSharp.torch;

namespace CsmAgent.Models.Parity;

/// <summary>Runs all goldens of any folder laid out like <c>tests/fixtures/csm-tiny</c> or <c>mimi-tiny</c>; other seeds and sizes are welcome.</summary>
public static class ParityRunner
{
    /// <summary>Compares everything the folder holds goldens for. Checks come as they are made; a few seconds for tiny models.</summary>
    /// <param name="folder">Holds <c>config.json</c>, <c>golden.safetensors</c> and weights under at least one of their published names.</param>
    /// <param name="device">Where Mimi and CSM's session run, as in <see cref="Accelerator.Find"/>.</param>
    /// <exception cref="DeviceException">The device is not there.</exception>
    /// <exception cref="CheckpointException">A file is malformed, contradicts another, or the model is neither CSM nor Mimi.</exception>
    /// <exception cref="InvalidDataException">The configuration is not Mimi's.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    public static IEnumerable<ParityCheck> Run(string folder, string device = "torch-cpu")
    {
        var config = ConfigObject.Open(Path.Combine(folder, "config.json"));
        return config.TryText("model_type") switch
        {
            "csm" => RunCsm(folder, Accelerator.Find(device)),
            "mimi" => new MimiParity(folder, Accelerator.Find(device)).Run(),
            var other => throw config.Fault("model_type", "csm or mimi", other ?? "nothing"),
        };
    }

    private static IEnumerable<ParityCheck> RunCsm(string folder, Device? device)
    {
        using var parity = new CsmParity(folder);
        foreach (var check in parity.Run(device))
        {
            yield return check;
        }
    }
}
