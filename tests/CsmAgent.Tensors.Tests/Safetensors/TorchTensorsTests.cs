using CsmAgent.Tensors.Native;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.TestSupport;
using TorchSharp;

namespace CsmAgent.Tensors.Tests.Safetensors;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class TorchTensorsTests
{
    [Fact]
    public void The_native_library_loads_and_says_how() =>
        Assert.Contains("libLibTorchSharp", TorchRuntime.Description, StringComparison.Ordinal);

    [Fact]
    public void A_stored_tensor_becomes_a_Torch_tensor_with_the_same_elements()
    {
        using var file = SafetensorsFile.Open(Fixtures.Path("csm-tiny", "model.safetensors"));

        using var head = file.ToTensor("lm_head.weight");
        using var half = file.ToTensor("lm_head.weight", torch.bfloat16);

        Assert.Equal([67, 64], head.shape);
        Assert.Equal(file.Span<float>("lm_head.weight").ToArray(), head.data<float>().ToArray());
        Assert.Equal(torch.bfloat16, half.dtype);
    }

    [Fact]
    public void A_Torch_tensor_survives_the_file_whatever_its_layout()
    {
        var path = Path.GetTempFileName();
        try
        {
            using var tensor = torch.arange(12, dtype: torch.float32).reshape(3, 4);
            using var transposed = tensor.t();

            SafetensorsWriter.Write(path, [StoredTensor.Of("t", transposed)]);

            using var checkpoint = Checkpoint.Open(path);
            using var read = checkpoint.ToTensor("t");
            Assert.Equal([4, 3], read.shape);
            Assert.True(read.eq(transposed).all().item<bool>());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Reading_leaves_no_tensor_behind()
    {
        using var file = SafetensorsFile.Open(Fixtures.Path("csm-tiny", "model.safetensors"));
        file.ToTensor("lm_head.weight", torch.float64).Dispose();
        var before = torch.Tensor.TotalCount;

        file.ToTensor("lm_head.weight", torch.float64).Dispose();

        Assert.Equal(before, torch.Tensor.TotalCount);
    }
}
