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

    [Fact]
    [Trait("Category", "Slow")]
    public void Ten_thousand_damaged_tables_are_edited_or_say_why_not()
    {
        var whole = File.ReadAllBytes(Library);
        var image = whole.ToArray();
        var sections = (int)BitConverter.ToUInt64(whole, 40);
        Range[] tables = [Range.EndAt(64), sections..(sections + (BitConverter.ToUInt16(whole, 58) * BitConverter.ToUInt16(whole, 60))), Needs(whole, sections)];
        var (weakened, left) = (0, 0);
        for (var seed = 0; seed < TestSupport.Fuzz.Seeds; seed++)
        {
            var random = new Random(seed);
            for (var flips = random.Next(1, 5); flips > 0; flips--)
            {
                var table = image.AsSpan(tables[random.Next(tables.Length)]);
                table[random.Next(table.Length)] = (byte)random.Next(256);
            }

            if (ElfVersionNeed.TryWeaken(image, Version, Hook, out var reason))
            {
                weakened++;
            }
            else
            {
                Assert.NotEmpty(reason);
                left++;
            }

            Array.ForEach(tables, table => whole.AsSpan(table).CopyTo(image.AsSpan(table)));
        }

        Assert.True(weakened > 100 && left > 100, $"{weakened} were edited and {left} left alone.");
    }

    private static Range Needs(byte[] image, int sections)
    {
        var header = Enumerable.Range(0, BitConverter.ToUInt16(image, 60)).Select(i => sections + (i * BitConverter.ToUInt16(image, 58)))
            .Single(at => BitConverter.ToUInt32(image, at + 4) == 0x6ffffffe);
        var from = (int)BitConverter.ToUInt64(image, header + 24);
        return from..(from + (int)BitConverter.ToUInt64(image, header + 32));
    }
}
