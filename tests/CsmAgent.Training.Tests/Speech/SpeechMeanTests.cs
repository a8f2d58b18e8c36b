using CsmAgent.Models.Csm;
using CsmAgent.Training.Speech;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Training.Tests.Speech;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class SpeechMeanTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mean").FullName;
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Every_weight_is_the_mean_of_its_own_and_the_configuration_stays()
    {
        var config = CsmTrainerTests.Config with { AlignmentHead = new(0, 1) };
        var models = Enumerable.Range(0, 3).Select(seed => Model($"{seed}", config, seed)).ToArray();

        SpeechMean.Write(models, At("mean"));

        Assert.Equal(config, CsmConfig.Open(Path.Combine(At("mean"), "config.json")));
        var parts = models.Select(Weights).ToArray();
        var means = Weights(At("mean"));
        Assert.Equal(parts[0].Count, means.Count);
        foreach (var (name, mean) in means)
        {
            var expected = (parts[0][name] + parts[1][name] + parts[2][name]) / 3;
            Assert.True(mean.allclose(expected, rtol: 0.005), name);
            Assert.False(name.EndsWith("q_proj.weight", StringComparison.Ordinal) && mean.allclose(parts[0][name], rtol: 0.005), name);
        }
    }

    [Fact]
    public void One_model_and_models_of_two_shapes_are_refused_and_nothing_is_written()
    {
        var config = CsmTrainerTests.Config;
        var (one, other) = (Model("one", config, 1), Model("other", config with { Depth = config.Depth with { LayerCount = 1 + config.Depth.LayerCount } }, 2));

        var alone = Assert.Throws<InvalidDataException>(() => SpeechMean.Write([one], At("mean")));
        var different = Assert.Throws<InvalidDataException>(() => SpeechMean.Write([one, one, other], At("mean")));

        Assert.StartsWith($"{one}: a mean is of two models or more", alone.Message, StringComparison.Ordinal);
        Assert.StartsWith($"{other}: its config.json is not that of {one}", different.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("mean")));
    }

    private string At(string name) => Path.Combine(_folder, name);

    private string Model(string name, CsmConfig config, int seed)
    {
        DeskSpeech.Save(At(name), config, DeskSpeech.Fresh(config, seed).ToDictionary(entry => entry.Name, entry => entry.Value));
        return At(name);
    }

    private static Dictionary<string, Tensor> Weights(string folder)
    {
        using var checkpoint = CsmCheckpoint.Open(Path.Combine(folder, DeskSpeech.FileName), CsmConfig.Open(Path.Combine(folder, "config.json")));
        using var weights = CsmWeights.Load(checkpoint, ScalarType.Float32);
        return weights.Parameters.ToDictionary(entry => entry.Key, entry => entry.Value.clone());
    }
}
