using CsmAgent.Cli.Codes;
using CsmAgent.Conversation.Ports;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.TestSupport;

namespace CsmAgent.Cli.Tests.Codes;

public sealed class CodesFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("csm-agent-codes");

    private string Target => Path.Combine(_folder.FullName, "a.codes");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void What_was_written_is_read_back()
    {
        CodeFrame[] frames = [new(new[] { 1, 2, 3 }), new(new[] { 4, 5, 2047 })];

        new CodesFile(frames, 2000).Write(Target);
        var read = CodesFile.Read(Target);

        Assert.Equal(2000, read.SampleCount);
        Assert.Equal([[1, 2, 3], [4, 5, 2047]], read.Frames.Select(frame => frame.Codes.ToArray()));
    }

    [Fact]
    public void The_file_is_a_plain_safetensors_file_with_a_row_for_each_codebook()
    {
        new CodesFile([new(new[] { 1, 2 }), new(new[] { 3, 4 }), new(new[] { 5, 6 })], 5760).Write(Target);

        using var file = SafetensorsFile.Open(Target);

        Assert.Equal([2, 3], file.Info("codes").Shape);
        Assert.Equal([1, 3, 5, 2, 4, 6], file.Span<int>("codes").ToArray());
    }

    [Fact]
    public void A_file_without_codes_is_refused_by_what_it_holds()
    {
        var refused = Assert.Throws<CliException>(() => CodesFile.Read(Fixtures.Path("mimi-tiny", "model.safetensors")));

        Assert.Contains("expected a tensor 'codes' of I32 [codebooks, frames], found ", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3841")]
    [InlineData("-1")]
    [InlineData("many")]
    public void A_length_that_cannot_be_is_refused(string samples)
    {
        SafetensorsWriter.Write(
            Target,
            [StoredTensor.Of<int>("codes", TensorDType.I32, [1, 2], new[] { 1, 2 })],
            new Dictionary<string, string> { ["samples"] = samples });

        Assert.Contains("expected 0 to 3840", Assert.Throws<CliException>(() => CodesFile.Read(Target)).Message, StringComparison.Ordinal);
    }
}
