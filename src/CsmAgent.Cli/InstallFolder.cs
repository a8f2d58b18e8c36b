namespace CsmAgent.Cli;

/// <summary>Finds what lies beside the program: the repository's root in a checkout, the program's own folder when published.</summary>
public static class InstallFolder
{
    /// <summary>The nearest folder at or above the program that holds <c>config/appsettings.json</c>.</summary>
    /// <exception cref="CliException">There is none: the installation is incomplete.</exception>
    public static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "config", "appsettings.json")))
            {
                return folder.FullName;
            }
        }

        throw new CliException(
            ExitCode.Missing,
            $"No config/appsettings.json at or above {AppContext.BaseDirectory}. Copy the repository's config, voices and hocon folders beside the program.");
    }
}
