using CsmAgent.Audio;
using CsmAgent.Conversation.Dialogue.Script;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Dialogue;

/// <summary>Counts frames and computing time, and guesses what is left.</summary>
internal sealed class DialogueClock
{
    private readonly DialogueScript _script;
    private readonly TimeProvider _time;
    private readonly IProgress<DialogueProgress>? _progress;
    private readonly Func<(int Used, int Limit)?> _context;
    private readonly long _characters;
    private long _done;
    private long _generatedCharacters;
    private long _frames;
    private TimeSpan _computing;
    private long _since;
    private int _line;

    public DialogueClock(DialogueScript script, TimeProvider time, IProgress<DialogueProgress>? progress, Func<(int Used, int Limit)?> context)
    {
        (_script, _time, _progress, _context) = (script, time, progress, context);
        _characters = script.Lines.Sum(line => (long)line.Text.Length);
    }

    public double? RealTimeFactor =>
        _frames == 0 ? null : _computing.TotalSeconds / (_frames / AudioFormat.FramesPerSecond);

    public void Started(int line)
    {
        _line = line;
        _since = _time.GetTimestamp();
    }

    public void Heard(SpeechFrame frame)
    {
        _frames++;
        var now = _time.GetTimestamp();
        _computing += _time.GetElapsedTime(_since, now);
        _since = now;
        Report(_line);
    }

    public void Stopped()
    {
        _computing += _time.GetElapsedTime(_since);
        _generatedCharacters += _script.Lines[_line].Text.Length;
    }

    public void Finished(DialogueLine line)
    {
        _done += line.Text.Length;
        Report(Math.Min(_line + 1, _script.Lines.Count - 1));
    }

    private void Report(int line) => _progress?.Report(new DialogueProgress(
        line + 1,
        _script.Lines.Count,
        (double)_done / _characters,
        _frames,
        RealTimeFactor,
        _generatedCharacters == 0 ? null : _computing * ((double)(_characters - _done) / _generatedCharacters)) { Context = _context() });
}
