using System.Globalization;
using CsmAgent.Audio.Files;
using CsmAgent.TestSupport;

namespace CsmAgent.EndToEnd.Tests;

/// <summary>One recording of <c>voices/desk-turns</c>, as its manifest describes it.</summary>
/// <param name="File">Its file's name.</param>
/// <param name="Intent">What is meant.</param>
/// <param name="Text">What is said.</param>
/// <param name="SpeechBegins">Seconds into the file at which speech begins.</param>
public sealed record DeskTurn(string File, string Intent, string Text, double SpeechBegins)
{
    public static IReadOnlyList<DeskTurn> All { get; } =
    [
        .. System.IO.File.ReadLines(Path.Combine(Folder, "manifest.tsv")).Skip(1).Select(line => line.Split('\t')).Select(cell =>
            new DeskTurn(cell[0], cell[1], cell[2], double.Parse(cell[4].Split('-')[0], CultureInfo.InvariantCulture))),
    ];

    private static string Folder => Path.Combine(Fixtures.Repository, "voices", "desk-turns");

    public static DeskTurn Named(string file) => All.Single(turn => turn.File == file);

    /// <summary>24 kHz mono.</summary>
    public float[] Samples() => WavFile.Read(Path.Combine(Folder, File)).ToHouseFormat();
}
