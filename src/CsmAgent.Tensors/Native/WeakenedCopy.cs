using System.Security.Cryptography;

namespace CsmAgent.Tensors.Native;

/// <summary>Writes and finds the private copy of TorchSharp's native binding; the file beside the program is never touched.</summary>
internal static class WeakenedCopy
{
    /// <summary>A copy of <paramref name="library"/> whose need for GLIBCXX_3.4.32 is weak, in a folder only this user can write.</summary>
    internal static string Of(string library)
    {
        var image = File.ReadAllBytes(library);
        if (!ElfVersionNeed.TryWeaken(image, "GLIBCXX_3.4.32", "_ZSt21ios_base_library_initv", out var reason))
        {
            throw new DllNotFoundException(
                $"{library} does not load on this system, and its known cure does not apply: {reason} " +
                $"Run `ldd {library}` to see what is missing.");
        }

        var folder = PrivateFolder();
        var hash = Convert.ToHexStringLower(SHA256.HashData(image))[..16];
        var copy = Path.Combine(folder, $"libLibTorchSharp-{hash}.so");
        if (!File.Exists(copy) || !File.ReadAllBytes(copy).AsSpan().SequenceEqual(image))
        {
            var temporary = $"{copy}.{Environment.ProcessId}.tmp";
            File.WriteAllBytes(temporary, image);
            File.Move(temporary, copy, overwrite: true);
        }

        return copy;
    }

    private static string PrivateFolder()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        var root = home.Length > 0 ? home : Path.Combine(Path.GetTempPath(), $"csm-agent-{Environment.UserName}");
        var folder = Path.Combine(root, "csm-agent", "native");
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            Directory.CreateDirectory(folder, OwnerOnly);
            File.SetUnixFileMode(folder, OwnerOnly);
        }

        return folder;
    }
}
