using System.Text;
using CsmAgent.Models.Configuration;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Hub;
using CsmAgent.Models.Mimi;
using CsmAgent.Models.Parity;
using CsmAgent.Models.Tests.Tokenizers;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.TestSupport;

namespace CsmAgent.Models.Tests;

[Trait("Category", "Slow")]
public sealed class ParserFuzzTests
{
    [Fact]
    public void Damaged_csm_configurations_read_or_are_refused_by_name() => Fuzz(
        File.ReadAllBytes(Fixtures.Path("csm-tiny", "config.json")), 16 << 20, json =>
        {
            var config = CsmConfig.Read(ConfigObject.Parse("config.json", json));
            using var checkpoint = CsmCheckpoint.Open(Fixtures.Path("csm-tiny", "model.safetensors"), config);
        });

    [Fact]
    public void Damaged_sesame_configurations_read_or_are_refused_by_name() => Fuzz(
        """{"backbone_flavor":"llama-1B","decoder_flavor":"llama-100M","text_vocab_size":128256,"audio_vocab_size":2051,"audio_num_codebooks":32}"""u8.ToArray(),
        1 << 20, json => CsmTensorNames.Shapes(CsmConfig.Read(ConfigObject.Parse("config.json", json))));

    [Fact]
    public void Damaged_mimi_configurations_read_or_are_refused_by_name() => Fuzz(
        File.ReadAllBytes(Fixtures.Path("mimi-tiny", "config.json")), 64 << 20, json =>
        {
            var config = new MimiConfigReader("config.json", Encoding.UTF8.GetString(json)).Read();
            MimiCheckpoint.Manifest(config, moshi: false);
        });

    [Fact]
    public void Damaged_tokenizers_read_or_are_refused_by_name() => Fuzz(
        Encoding.UTF8.GetBytes(LlamaTokenizerTests.TinyJson().ToJsonString()), 16 << 20, json =>
        {
            var tokenizer = LlamaTokenizer.Parse("config.json", json);
            tokenizer.Decode(tokenizer.EncodeWithSpecialTokens("abc aaaa zyx<|end_of_text|> 'S 12345 \r\n\t 𝓗"));
        });

    [Fact]
    public void Damaged_catalogues_read_or_are_refused() => TestSupport.Fuzz.Run(
        File.ReadAllBytes(Path.Combine(Fixtures.Repository, "config", "models.json")), 4 << 20,
        json => ModelCatalogue.Parse(Encoding.UTF8.GetString(json), "models.json"),
        refusal => refusal is HubException && refusal.Message.Contains("models.json", StringComparison.Ordinal));

    [Fact]
    public void Damaged_golden_folders_run_or_are_refused_by_name()
    {
        var folder = TestSupport.Fuzz.Folder("config.json");
        try
        {
            string[] files = ["config.json", "golden.json", "golden.safetensors"];
            var sources = WriteGoldenFolder(folder, files);
            for (var i = 0; i < files.Length; i++)
            {
                File.WriteAllBytes(Path.Combine(folder, files[i]), sources[i]);
            }

            var turn = 0;
            Fuzz([.. sources[0]], 16 << 20, _ =>
            {
                var damaged = turn++ % files.Length;
                var path = Path.Combine(folder, files[damaged]);
                File.WriteAllBytes(path, Mutation.Of(sources[damaged], turn));
                try
                {
                    Assert.All(ParityRunner.Run(folder), check => Assert.NotEmpty(check.Name));
                }
                finally
                {
                    File.WriteAllBytes(path, sources[damaged]);
                }
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // A folder without weights: its tables and samplers are compared, which takes no Torch.
    private static byte[][] WriteGoldenFolder(string folder, string[] files)
    {
        using var goldens = SafetensorsFile.Open(Fixtures.Path("csm-tiny", "golden.safetensors"));
        var kept = goldens.Tensors.Values.Where(tensor => tensor.Name.StartsWith("rope.", StringComparison.Ordinal) || tensor.Name is "s2.logits" or "s2.q" or "s2.token");
        SafetensorsWriter.Write(Path.Combine(folder, files[2]), kept.Select(tensor => tensor.DType == TensorDType.F32
            ? StoredTensor.Of<float>(tensor.Name, tensor.DType, tensor.Shape, goldens.Span<float>(tensor.Name).ToArray())
            : StoredTensor.Of<int>(tensor.Name, tensor.DType, tensor.Shape, goldens.Span<int>(tensor.Name).ToArray())).ToList());
        return
        [
            File.ReadAllBytes(Fixtures.Path("csm-tiny", files[0])),
            """{"sampling":{"s2":{"temperature":1.5,"topk":5}}}"""u8.ToArray(),
            File.ReadAllBytes(Path.Combine(folder, files[2])),
        ];
    }

    private static void Fuzz(byte[] source, long mostBytes, Action<byte[]> parse) => TestSupport.Fuzz.Run(
        source, mostBytes, parse,
        refusal => refusal is CheckpointException || (refusal is InvalidDataException && refusal.Message.Contains("config.json", StringComparison.Ordinal)));
}
