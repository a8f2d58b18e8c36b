using CsmAgent.Tensors.Native;

namespace CsmAgent.Tensors.Tests.Native;

public sealed class ElfVersionNeedTests
{
    private const string Version = "GLIBCXX_3.4.32";
    private const string Hook = "_ZSt21ios_base_library_initv";

    // Beside the program, or where packages lay out native files.
    private static string Library => Directory.EnumerateFiles(AppContext.BaseDirectory, "libLibTorchSharp.so", SearchOption.AllDirectories).First();

    [Fact]
    public void Only_the_one_need_is_weakened_and_only_by_its_flag()
    {
        var before = File.ReadAllBytes(Library);
        var after = before.ToArray();

        Assert.True(ElfVersionNeed.TryWeaken(after, Version, Hook, out _));

        var changed = Enumerable.Range(0, before.Length).Where(i => before[i] != after[i]).ToList();
        Assert.Equal(before[changed.Single()] | 2, after[changed[0]]);
    }

    [Fact]
    public void A_version_that_another_symbol_needs_is_left_alone()
    {
        var image = File.ReadAllBytes(Library);
        var before = image.ToArray();

        Assert.False(ElfVersionNeed.TryWeaken(image, "GLIBCXX_3.4.11", Hook, out var reason));

        Assert.Contains("really needs GLIBCXX_3.4.11", reason, StringComparison.Ordinal);
        Assert.Equal(before, image);
    }

    [Fact]
    public void What_does_not_apply_says_why()
    {
        Assert.False(ElfVersionNeed.TryWeaken(new byte[100], Version, Hook, out var noElf));
        Assert.False(ElfVersionNeed.TryWeaken(File.ReadAllBytes(Library), "GLIBCXX_9.9", Hook, out var noNeed));

        Assert.Contains("not a 64-bit", noElf, StringComparison.Ordinal);
        Assert.Contains("does not need GLIBCXX_9.9", noNeed, StringComparison.Ordinal);
    }
}
