using System.ComponentModel.DataAnnotations;

namespace CsmAgent.Engines.Configuration;

/// <summary>Where the speech models compute; section <c>Inference</c>.</summary>
public sealed class InferenceOptions
{
    /// <summary>The configuration section's name.</summary>
    public const string Section = "Inference";

    /// <summary><c>cpu</c> (our own kernels, default), <c>cuda</c> (a build with <c>-p:Cuda=true</c>), <c>mps</c> (Apple), <c>auto</c>
    /// (whichever of these two is there, else <c>cpu</c>), or <c>torch-cpu</c> (what they run, on the processor, to check it).</summary>
    [Required, AllowedValues("cpu", "cuda", "mps", "auto", "torch-cpu")]
    public string Device { get; set; } = "cpu";
}
