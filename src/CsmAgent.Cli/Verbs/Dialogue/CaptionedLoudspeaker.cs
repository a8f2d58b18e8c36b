using CsmAgent.Cli.Generate;
using CsmAgent.Conversation.Dialogue;
using CsmAgent.Conversation.Dialogue.Captions;
using Spectre.Console;

namespace CsmAgent.Cli.Verbs.Dialogue;

/// <summary>Plays a dialogue and shows each caption when its sound is handed to the loudspeaker.</summary>
internal sealed class CaptionedLoudspeaker(ISpeechSink loudspeaker, Shell shell) : IDialogueListener
{
    private static readonly string[] Colours = ["aqua", "yellow", "green", "fuchsia"];

    private readonly Dictionary<string, string> _colours = [];

    public async ValueTask HearAsync(
        long firstSample, ReadOnlyMemory<float> samples, IReadOnlyList<CaptionCue> cues, CancellationToken cancellationToken)
    {
        var done = 0;
        foreach (var cue in cues)
        {
            var at = (int)Math.Clamp(cue.StartSample - firstSample, done, samples.Length);
            await loudspeaker.WriteAsync(samples[done..at], cancellationToken).ConfigureAwait(false);
            Show(cue);
            done = at;
        }

        await loudspeaker.WriteAsync(samples[done..], cancellationToken).ConfigureAwait(false);
    }

    private void Show(CaptionCue cue)
    {
        if (!_colours.TryGetValue(cue.Speaker, out var colour))
        {
            _colours[cue.Speaker] = colour = Colours[_colours.Count % Colours.Length];
        }

        var time = TimeSpan.FromSeconds(cue.StartSample / 24_000.0);
        shell.Out.Write(new Markup($"[grey]{time:mm\\:ss\\.f}[/]  [{colour}]{Markup.Escape(cue.Speaker)}[/]  {Markup.Escape(cue.Text)}\n"));
    }
}
