using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Native;
using CsmAgent.Training.Codec;
using CsmAgent.Training.Corpus;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Training.Tests.Codec;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class CodecPartsTests : IDisposable
{
    private readonly DisposeScope _scope;

    static CodecPartsTests() => TorchRuntime.EnsureLoaded();

    public CodecPartsTests() => _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Equal_signals_have_no_spectral_distance_and_louder_differences_more()
    {
        using var mel = new MelLoss();
        using var generator = new Generator(3);
        var a = randn([2, 9_600], generator: generator) * 0.1;
        var noise = randn([2, 9_600], generator: generator) * 0.1;

        Assert.Equal(0, mel.Distance(a, a).item<float>(), 1e-3);
        Assert.True(mel.Distance(a + noise, a).item<float>() > mel.Distance(a + (noise * 0.1), a).item<float>());
    }

    [Fact]
    public void Equal_sounds_have_equal_cepstra_and_a_louder_one_differs_in_its_level_alone()
    {
        using var cepstra = new CepstralLoss();
        using var generator = new Generator(3);
        var a = randn([2, 9_600], generator: generator) * 0.1;
        double Louder(double times) => cepstra.Compare(a * times, a).Distance.item<float>();

        Assert.Equal(0, cepstra.Compare(a, a).Distance.item<float>());
        // Only the mean of the logarithm moves, and by the logarithm.
        Assert.Equal(4, Louder(4) / Louder(2), 1e-3);
        Assert.True(cepstra.Compare(randn([2, 9_600], generator: generator) * 0.1, a).Distance.item<float>() > 0.5);
    }

    [Fact]
    public void A_wrong_slope_of_the_spectrum_costs_more_than_a_ripple_that_tells_no_phones_apart()
    {
        using var cepstra = new CepstralLoss();
        using var generator = new Generator(3);
        var a = randn([2, 9_600], generator: generator) * 0.1;
        var hertz = linspace(0, 12_000, 4_801);
        var band = ((((hertz / 700) + 1).log10() * 2_595 - 171) / (2_668 - 171) * 26) - 0.5;
        double Coloured(int coefficient) =>
            cepstra.Compare(fft.irfft(fft.rfft(a) * ((band * coefficient * Math.PI / 25).cos() * 0.3).exp(), 9_600), a).Distance.item<float>();

        Assert.InRange(Coloured(1) / Coloured(10), 10, 50);
    }

    [Fact]
    public void Silence_has_cepstra_and_a_gradient()
    {
        using var cepstra = new CepstralLoss();
        var silence = zeros(1, 4_800);
        var said = (rand(1, 4_800) * 0.01).requires_grad_();

        var (distance, spread) = cepstra.Compare(said, silence);
        (distance + spread).backward();

        Assert.True(said.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void A_louder_sound_moves_as_much_and_a_steadier_one_moves_less()
    {
        using var cepstra = new CepstralLoss();
        using var generator = new Generator(3);
        var carrier = randn([1, 19_200], generator: generator);
        var sway = (arange(19_200) * (2 * Math.PI * 5 / 24_000)).sin();
        Tensor Swaying(double nepers) => carrier * 0.1 * (sway * nepers).exp();
        double Spread(Tensor said) => cepstra.Compare(said, Swaying(2)).Spread.item<float>();

        Assert.Equal(0, Spread(Swaying(2)));
        Assert.Equal(0, Spread(Swaying(2) * 2), 1e-2);
        Assert.True(Spread(Swaying(0.5)) > Spread(Swaying(1)));
        Assert.True(Spread(Swaying(1)) > 0.02);
    }

    [Fact]
    public void Mel_bands_cover_the_spectrum_without_a_hole()
    {
        var bank = MelLoss.FilterBank(1_024, 80);

        for (var bin = 2; bin < 495; bin++)
        {
            Assert.True(Enumerable.Range(0, 80).Sum(band => bank[band, bin]) > 0.3, $"bin {bin}");
        }
    }

    [Fact]
    public void Quantising_passes_the_gradient_straight_through()
    {
        var x = tensor(new float[] { 0.9f, 0.1f, -0.8f, 0.2f }, [1, 2, 2]).requires_grad_();
        var codebook = tensor(new float[] { 1, 0, -1, 0, 0, 1 }, [3, 2]);

        var quantized = TrainingQuantizer.Run(x, [codebook], null);
        (quantized.Value * 3).sum().backward();

        Assert.Equal([3f, 3, 3, 3], x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Inactive_levels_add_nothing_and_cost_nothing()
    {
        var x = tensor(new float[] { 0.9f, 0.1f }, [1, 2, 1]);
        var codebook = tensor(new float[] { 1, 0, 0, 1 }, [2, 2]);

        var first = TrainingQuantizer.Run(x, [codebook], null);
        var dropped = TrainingQuantizer.Run(x, [codebook, codebook], tensor(new float[] { 1 }));

        Assert.Equal(first.Value.data<float>().ToArray(), dropped.Value.data<float>().ToArray());
        Assert.Equal(first.Commitment.item<float>(), dropped.Commitment.item<float>());
    }

    [Fact]
    public void Entries_move_to_the_vectors_that_choose_them_and_dead_ones_are_revived()
    {
        var config = TinyCodecCase.Config with { Codebooks = 2, CodebookSize = 2, CodebookDimension = 2 };
        var tensors = FreshCodec.Create(config, 1);
        tensors[MimiTensorNames.CodebookPrefix(0) + "cluster_usage"] = tensor(new float[] { 1, 0.001f });
        using var averages = new CodebookAverages(config, tensors);
        var vectors = tensor(new float[] { 4, 4, 4, 4, 4, 4 }, [3, 2]);

        var revived = averages.Update(0, vectors, tensor(new long[] { 0, 0, 0 }), new Random(1));

        Assert.Equal(1, revived);
        var after = averages.Vectors()[0];
        Assert.Equal([4f, 4], after[1].data<float>().ToArray());
        for (var step = 0; step < 600; step++)
        {
            averages.Update(0, vectors, tensor(new long[] { 0, 0, 0 }), new Random(1));
        }

        Assert.Equal(4, averages.Vectors()[0][0][0].item<float>(), 0.05);
    }

    [Fact]
    public void The_ear_learns_the_phones_of_recordings_and_tells_a_decoder_how_to_be_understood()
    {
        using var tones = new TinyCodecCase();
        using var corpus = PreparedCorpus.Open(Path.Combine(tones.Folder, "corpus"));
        using var scope = NewDisposeScope();
        using var ear = new PhoneEar();
        var parameters = PhoneEar.Initial(corpus.PhoneSymbols.Count, 1).ToDictionary(entry => entry.Name, entry => new TorchSharp.Modules.Parameter(entry.Value));
        var tensors = parameters.ToDictionary(entry => entry.Key, entry => (Tensor)entry.Value);
        using var optimiser = optim.Adam(parameters.Values, 2e-3);
        var audio = tensor(Enumerable.Range(0, 8).SelectMany(item => corpus.Read(item)).ToArray(), [8, 1, ToneCorpus.ItemFrames * 1_920]);
        var phones = tensor(Enumerable.Range(0, 8).SelectMany(item => corpus.Labels(item).ToArray()).Select(label => (long)label).ToArray(), [8, ToneCorpus.ItemFrames * 4]);
        for (var step = 0; step < 40; step++)
        {
            optimiser.zero_grad();
            nn.functional.cross_entropy(ear.Logits(audio, tensors), phones).backward();
            optimiser.step();
        }

        var right = ear.Logits(audio, tensors).argmax(1).eq(phones).to(ScalarType.Float32).mean().item<float>();
        var heard = zeros_like(audio).add_(1e-3).requires_grad_();
        nn.functional.cross_entropy(ear.Logits(heard, tensors), phones).backward();

        Assert.InRange(right, 0.95, 1);
        Assert.True(heard.grad!.abs().sum().item<float>() > 0);
        Assert.True(heard.grad!.isfinite().all().item<bool>());
    }
}
