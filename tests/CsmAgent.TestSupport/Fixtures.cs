namespace CsmAgent.TestSupport;

/// <summary>Finds the golden data that is copied into <c>tests/fixtures</c>.</summary>
public static class Fixtures
{
    private static readonly Lazy<string> Root = new(FindRoot);

    /// <summary>The repository's root folder.</summary>
    public static string Repository => Root.Value;

    /// <summary>A file or folder under <c>tests/fixtures</c>.</summary>
    public static string Path(params string[] parts) =>
        System.IO.Path.Combine([Root.Value, "tests", "fixtures", .. parts]);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "CsmAgent.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No CsmAgent.sln above {AppContext.BaseDirectory}.");
    }
}
