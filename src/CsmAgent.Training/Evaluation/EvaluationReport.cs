using System.Globalization;
using System.Net;
using System.Text;
using CsmAgent.Audio.Files;
using CsmAgent.Training.Runs;

namespace CsmAgent.Training.Evaluation;

/// <summary>One self-contained page: figures, curves, and examples with spectrogram and player.</summary>
internal static class EvaluationReport
{
    public static string Html(Evaluation evaluation, EvaluationOptions options)
    {
        var page = new StringBuilder("""
            <!doctype html><meta charset="utf-8"><title>Voice evaluation</title>
            <style>body{font:16px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em}table{border-collapse:collapse}
            td,th{padding:.3em .8em;text-align:left;border-bottom:1px solid #ccc}img{max-width:100%;display:block}svg{background:#f7f7f7;margin:.5em}
            .row{display:flex;flex-wrap:wrap;gap:1em}.row>div{flex:1;min-width:16em}</style>
            <h1>Voice evaluation</h1>
            """);
        page.Append(CultureInfo.InvariantCulture, $"<p>{evaluation.Texts.Count} held-out sentences, spoken after {options.Turns} {(options.Turns == 1 ? "turn" : "turns")}. Word errors by PocketSphinx: open with its general language model, closed with the sentences' own words. Right voice: nearest long-term mel spectrum of the corpus's voices.</p>");
        Table(page, evaluation);
        foreach (var log in options.Logs)
        {
            Curves(page, log);
        }

        for (var i = 0; i < Math.Min(options.Examples, evaluation.Texts.Count); i++)
        {
            Example(page, evaluation, i);
        }

        return page.ToString();
    }

    private static void Table(StringBuilder page, Evaluation evaluation)
    {
        page.Append("<table><tr><th>speech<th>WER open<th>WER closed<th>right voice<th>loudness<th>RTF</tr>");
        foreach (var speech in evaluation.Speech)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{speech.Name}<td>{speech.OpenRate:p1}<td>{speech.ClosedRate:p1}<td>{speech.RightVoice:p0}<td>{speech.Decibels:f1} dB<td>{speech.RealTimeFactor:f3}</tr>");
        }

        page.Append("</table>");
        if (evaluation.EndsByItself is { } ends)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p>Ends by itself: {ends:p1}.</p>");
        }
    }

    private static void Curves(StringBuilder page, string log)
    {
        var entries = TrainingLog.Read(log);
        page.Append(CultureInfo.InvariantCulture, $"<h2>{WebUtility.HtmlEncode(Path.GetFileName(Path.GetDirectoryName(log)))}</h2>");
        foreach (var name in entries.SelectMany(entry => entry.Keys).Distinct().Where(name => name is not ("step" or "rate" or "seconds" or "norm")))
        {
            var points = entries.Where(entry => entry.ContainsKey(name)).Select(entry => (X: entry["step"], Y: entry[name])).ToList();
            if (points.Count < 2)
            {
                continue;
            }

            var (least, most) = (points.Min(point => point.Y), points.Max(point => point.Y));
            var (first, last) = (points[0].X, points[^1].X);
            var line = string.Join(' ', points.Select(point => string.Create(
                CultureInfo.InvariantCulture,
                $"{5 + (290 * (point.X - first) / Math.Max(1, last - first)):f1},{85 - (60 * (point.Y - least) / Math.Max(1e-9, most - least)):f1}")));
            page.Append(CultureInfo.InvariantCulture, $"<svg width=300 height=90><text x=5 y=15 font-size=12>{name}: {points[0].Y:g4} → {points[^1].Y:g4} at step {last}</text><polyline fill=none stroke=#06c points=\"{line}\"/></svg>");
        }
    }

    private static void Example(StringBuilder page, Evaluation evaluation, int index)
    {
        page.Append(CultureInfo.InvariantCulture, $"<h2>{WebUtility.HtmlEncode(evaluation.Texts[index])}</h2><p>{evaluation.Voices[index]}</p><div class=row>");
        foreach (var speech in evaluation.Speech)
        {
            var audio = speech.Recordings[index];
            var image = Convert.ToBase64String(SpectrogramImage.Draw(audio));
            page.Append(CultureInfo.InvariantCulture, $"<div><b>{speech.Name}</b> <i>{WebUtility.HtmlEncode(speech.Open[index].Heard)}</i><img alt=\"spectrogram\" src=\"data:image/png;base64,{image}\"><audio controls src=\"data:audio/wav;base64,{Wav(audio)}\"></audio></div>");
        }

        page.Append("</div>");
    }

    private static string Wav(float[] audio)
    {
        var file = Path.GetTempFileName();
        try
        {
            WavFile.Write(file, [.. audio.Select(sample => Math.Clamp(sample, -1, 1))]);
            return Convert.ToBase64String(File.ReadAllBytes(file));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
