using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Recording;

namespace CsmAgent.Conversation.Reporting;

/// <summary>Makes one self-contained page of a recorded conversation: waveform, captions, turns, latency bars. No network, no script needed;
/// the recording, if it lies beside the page, can be heard from it.</summary>
public static class ConversationReport
{
    /// <summary>Writes the page.</summary>
    /// <param name="logPath">A <c>conversation.jsonl</c>; a <c>conversation.wav</c> beside it gives the waveform.</param>
    /// <param name="htmlPath">The page; <c>report.html</c> beside the log when null.</param>
    /// <returns>Where the page is.</returns>
    /// <exception cref="InvalidDataException">The log is not one; the message names the line.</exception>
    /// <exception cref="AudioFileException">The recording is broken.</exception>
    public static string Write(string logPath, string? htmlPath = null)
    {
        ArgumentNullException.ThrowIfNull(logPath);
        var events = ConversationLog.Read(logPath);
        var folder = Path.GetDirectoryName(Path.GetFullPath(logPath))!;
        var wav = Path.Combine(folder, ConversationRecording.FileName);
        var waveform = File.Exists(wav) ? Waveform.Of(WavFile.Read(wav)) : null;
        htmlPath ??= Path.Combine(folder, "report.html");
        // A link works wherever both files are moved together; elsewhere there would be nothing to hear.
        var isBeside = waveform is not null && Path.GetDirectoryName(Path.GetFullPath(htmlPath)) == folder;
        File.WriteAllText(htmlPath, ReportPage.Write(ReportModel.Of(events), waveform, isBeside ? ConversationRecording.FileName : null));
        return htmlPath;
    }
}
