namespace CsmAgent.Cli.Measuring.EndToEnd;

/// <summary>What the recordings beside a script mean: <c>manifest.tsv</c> of <c>voices/desk-turns</c>.</summary>
internal sealed class TurnManifest
{
    private const int Columns = 6;
    private readonly Dictionary<string, (string Intent, string Text, bool HasPauses)> _rows = [];

    /// <summary>Reads the manifest beside a script; empty when there is none.</summary>
    /// <exception cref="CliException">A row lacks columns.</exception>
    public static TurnManifest Beside(string script)
    {
        var manifest = new TurnManifest();
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(script))!, "manifest.tsv");
        if (File.Exists(path))
        {
            foreach (var cell in File.ReadLines(path).Skip(1).Select(line => line.Split('\t')))
            {
                if (cell.Length < Columns)
                {
                    throw new CliException(ExitCode.Usage, $"{path}: '{string.Join(' ', cell)}' has {cell.Length} columns, expected {Columns}: file, intent, text, voice, speech, seconds.");
                }

                manifest._rows[cell[0]] = (cell[1], cell[2], cell[4].Contains(',', StringComparison.Ordinal));
            }
        }

        return manifest;
    }

    /// <summary>What is said in the recordings.</summary>
    public IEnumerable<string> Texts => _rows.Values.Select(row => row.Text);

    /// <summary>What is meant; null when it is not known.</summary>
    public string? Intent(string file) => _rows.TryGetValue(file, out var row) ? row.Intent : null;

    /// <summary>Whether the speaker pauses inside the turn.</summary>
    public bool HasPauses(string file) => _rows.TryGetValue(file, out var row) && row.HasPauses;
}
