using CsmAgent.Audio;
using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Dialogue.Captions;
using CsmAgent.Conversation.Dialogue.Script;

namespace CsmAgent.Conversation.Dialogue;

/// <summary>The files of a dialogue, written beside their names and given them at the end, so that no half of one is taken for it.</summary>
internal sealed class DialogueFiles : IDisposable
{
    private const string Partial = ".partial";

    private readonly string _mix;
    private readonly List<string> _names = [];
    private bool _isComplete;

    public DialogueFiles(DialogueScript script, DialogueSettings settings)
    {
        _mix = Path.GetFullPath(settings.OutputPath);
        Directory.CreateDirectory(Path.GetDirectoryName(_mix)!);
        var stems = settings.HasStems
            ? script.Speakers.Select((speaker, i) => Wav(Path.ChangeExtension(_mix, $".{FileName(speaker.Name, i)}.wav"), 1)).ToArray()
            : null;
        Mixer = new DialogueMixer(Wav(_mix, settings.IsStereo ? 2 : 1), stems, script.Speakers.Count, settings.IsStereo);
        Captions = new CaptionWriter(Text(Path.ChangeExtension(_mix, ".vtt")), Text(Path.ChangeExtension(_mix, ".srt")));
    }

    public DialogueMixer Mixer { get; }

    public CaptionWriter Captions { get; }

    /// <summary>Closes everything and gives the files their names.</summary>
    /// <returns>The names, the mix first.</returns>
    public IReadOnlyList<string> Complete(IReadOnlyList<(long Sample, string Name)> chapters)
    {
        Close();
        WavChapters.Append(_mix + Partial, chapters);
        foreach (var name in _names)
        {
            File.Move(name + Partial, name, overwrite: true);
        }

        _isComplete = true;
        return [_mix, .. _names.Where(name => name != _mix)];
    }

    public void Dispose()
    {
        if (_isComplete)
        {
            return;
        }

        Close();
        foreach (var name in _names)
        {
            File.Delete(name + Partial);
        }
    }

    private void Close()
    {
        Mixer.Dispose();
        Captions.Dispose();
    }

    private static string FileName(string speaker, int id)
    {
        var letters = new string([.. speaker.Where(char.IsLetterOrDigit)]);
        return letters.Length > 0 ? $"{id}-{letters}" : $"{id}";
    }

    private WavWriter Wav(string name, int channels)
    {
        _names.Add(name);
        return WavWriter.Create(name + Partial, AudioFormat.SampleRateHz, channels);
    }

    private StreamWriter Text(string name)
    {
        _names.Add(name);
        return new StreamWriter(name + Partial);
    }
}
