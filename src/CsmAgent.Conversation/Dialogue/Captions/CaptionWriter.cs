using System.Globalization;
using CsmAgent.Audio;

namespace CsmAgent.Conversation.Dialogue.Captions;

/// <summary>Writes captions as they come: WebVTT with voice tags, and SubRip.</summary>
public sealed class CaptionWriter : IDisposable
{
    private readonly TextWriter _vtt;
    private readonly TextWriter _srt;
    private int _count;

    /// <summary>Begins both files.</summary>
    /// <param name="vtt">WebVTT goes here; owned.</param>
    /// <param name="srt">SubRip goes here; owned.</param>
    public CaptionWriter(TextWriter vtt, TextWriter srt)
    {
        ArgumentNullException.ThrowIfNull(vtt);
        ArgumentNullException.ThrowIfNull(srt);
        (_vtt, _srt) = (vtt, srt);
        _vtt.Write("WEBVTT\n");
    }

    /// <summary>Adds a cue; cues come in order of their start.</summary>
    public void Write(CaptionCue cue)
    {
        ArgumentNullException.ThrowIfNull(cue);
        _count++;
        _vtt.Write($"\n{_count}\n{Time(cue.StartSample, '.')} --> {Time(cue.EndSample, '.')}\n<v {Escape(cue.Speaker)}>{Escape(cue.Text)}\n");
        _srt.Write($"{(_count > 1 ? "\n" : "")}{_count}\n{Time(cue.StartSample, ',')} --> {Time(cue.EndSample, ',')}\n{cue.Speaker}: {cue.Text}\n");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _vtt.Dispose();
        _srt.Dispose();
    }

    private static string Time(long sample, char point)
    {
        var time = TimeSpan.FromMilliseconds(Math.Round(sample * 1000.0 / AudioFormat.SampleRateHz));
        return string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours:00}:{time.Minutes:00}:{time.Seconds:00}{point}{time.Milliseconds:000}");
    }

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal);
}
