using CsmAgent.Audio;
using CsmAgent.Cli.Generate;
using CsmAgent.Conversation.Dialogue;
using CsmAgent.Conversation.Dialogue.Captions;
using Spectre.Console;

namespace CsmAgent.Cli.Verbs.Dialogue;

/// <summary>Plays a dialogue and shows each caption when its sound is handed to the loudspeaker.</summary>
/// <param name="loudspeaker">Plays; borrowed.</param>
/// <param name="shell">Shows.</param>
/// <param name="speakers">Who speaks, in the order of their colours.</param>
internal sealed class CaptionedLoudspeaker(ISpeechSink loudspeaker, Shell shell, IReadOnlyList<string> speakers) : IDialogueListener
{
    private static readonly string[] Colours = ["aqua", "yellow", "green", "fuchsia"];

    private readonly int _width = speakers.Max(name => name.Length);

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

    // A long caption goes on under itself, not under the time.
    private void Show(CaptionCue cue)
    {
        var index = speakers.ToList().IndexOf(cue.Speaker);
        var colour = index < 0 ? "white" : Colours[index % Colours.Length];
        var time = TimeSpan.FromSeconds((double)cue.StartSample / AudioFormat.SampleRateHz);
        shell.Out.Write(new Grid()
            .AddColumn(new GridColumn().NoWrap().Width(7))
            .AddColumn(new GridColumn().NoWrap().Width(_width))
            .AddColumn()
            .AddRow($"[grey]{time:mm\\:ss\\.f}[/]", $"[{colour}]{Markup.Escape(cue.Speaker)}[/]", Markup.Escape(cue.Text)));
    }
}
