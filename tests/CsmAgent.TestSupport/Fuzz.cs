using Xunit;

namespace CsmAgent.TestSupport;

/// <summary>Gives a parser ten thousand damaged inputs. Each must be read or be refused with a message; anything else is a
/// crash, and more memory than the input warrants is one too.</summary>
public static class Fuzz
{
    /// <summary>How many inputs.</summary>
    public const int Seeds = 10_000;

    /// <summary>Makes a folder for parsers that read files: in memory where the system has such a place, for on a busy disk ten
    /// thousand small files take half a minute. The caller deletes it.</summary>
    public static string Folder(string name = "csm")
    {
        const string Memory = "/dev/shm";
        var parent = Directory.Exists(Memory) ? Memory : Path.GetTempPath();
        return Directory.CreateDirectory(Path.Combine(parent, $"{name}-fuzz-{Guid.NewGuid():N}")).FullName;
    }

    /// <summary>Runs a parser.</summary>
    /// <param name="source">A whole input.</param>
    /// <param name="mostBytes">What one input may allocate on the calling thread.</param>
    /// <param name="parse">Reads an input.</param>
    /// <param name="isRefusal">Whether an exception is a refusal as the parser promises it; its message must not be empty.</param>
    /// <param name="leastOfEach">How many must be read, and how many refused, for the damage to have tested anything.</param>
    public static void Run(byte[] source, long mostBytes, Action<byte[]> parse, Func<Exception, bool> isRefusal, int leastOfEach = 100)
    {
        var (good, refused) = (0, 0);
        for (var seed = 0; seed < Seeds; seed++)
        {
            var damaged = Mutation.Of(source, seed);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                parse(damaged);
                good++;
            }
            catch (Exception refusal) when (isRefusal(refusal))
            {
                Assert.False(string.IsNullOrWhiteSpace(refusal.Message), $"Seed {seed} was refused without a word.");
                refused++;
            }
            catch (Exception crash)
            {
                throw new InvalidOperationException($"Seed {seed} crashed: {crash.Message}", crash);
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < mostBytes, $"Seed {seed} allocated {allocated} bytes.");
        }

        Assert.True(good >= leastOfEach && refused >= leastOfEach, $"{good} were read and {refused} refused: the damage tests nothing.");
    }
}
