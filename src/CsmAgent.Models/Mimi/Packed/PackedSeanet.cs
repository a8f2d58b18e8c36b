using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Mimi.Packed;

/// <summary>The convolutional half of an encoder or decoder, packed.</summary>
/// <param name="First">The convolution that meets the input.</param>
/// <param name="Stages">The changes of rate, in running order.</param>
/// <param name="Last">The convolution that leaves the output.</param>
internal sealed record PackedSeanet(PackedConvolution First, IReadOnlyList<PackedSeanetStage> Stages, PackedConvolution Last)
{
    // A matrix that serves at least this many steps a frame is bound by arithmetic, not by memory.
    private const int ManySteps = 32;

    public static PackedSeanet Pack(MimiSeanet seanet, bool isDecoder, WeightFormat format, int groupSize)
    {
        var steps = isDecoder ? MimiConfig.PositionsPerFrame : MimiConfig.FrameSamples;
        WeightFormat Choose() => steps >= ManySteps ? WeightFormat.Float32 : format;
        var first = PackedConvolution.Pack(seanet.First, Choose(), groupSize);
        var stages = new List<PackedSeanetStage>();
        foreach (var stage in seanet.Stages)
        {
            List<PackedResidual> Residuals() => [.. stage.Residuals.Select(unit => new PackedResidual(
                PackedConvolution.Pack(unit.Wide, Choose(), groupSize), PackedConvolution.Pack(unit.Narrow, Choose(), groupSize)))];
            if (isDecoder)
            {
                var resample = PackedConvolution.PackTransposed(stage.Resample, Choose(), groupSize);
                steps *= stage.Resample.Stride;
                stages.Add(new(Residuals(), resample));
            }
            else
            {
                var residuals = Residuals();
                steps /= stage.Resample.Stride;
                stages.Add(new(residuals, PackedConvolution.Pack(stage.Resample, Choose(), groupSize)));
            }
        }

        return new(first, stages, PackedConvolution.Pack(seanet.Last, Choose(), groupSize));
    }
}

/// <summary>One change of rate and its residual units.</summary>
internal sealed record PackedSeanetStage(IReadOnlyList<PackedResidual> Residuals, PackedConvolution Resample);

/// <summary>ELU, <paramref name="Wide"/>, ELU, <paramref name="Narrow"/>, added to the input.</summary>
internal sealed record PackedResidual(PackedConvolution Wide, PackedConvolution Narrow);
