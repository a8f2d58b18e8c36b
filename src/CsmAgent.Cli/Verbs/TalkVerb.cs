using System.CommandLine;
using CsmAgent.Audio.Devices;
using CsmAgent.Cli.Hosting;
using CsmAgent.Cli.Screens;
using CsmAgent.Conversation;
using CsmAgent.Conversation.Options;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.Cli.Verbs;

/// <summary>Holds a spoken conversation, and leaves its recording and its log.</summary>
internal sealed class TalkVerb : Verb
{
    private readonly Option<string> _output = new("--output")
    {
        Description = "The folder that takes conversation.wav (you left, agent right) and conversation.jsonl.",
        HelpName = "DIR",
        DefaultValueFactory = _ => ".",
    };

    private readonly Option<string?> _turns = new("--turns")
    {
        Description = "Recorded turns instead of a microphone: a script as in voices/desk-turns/conversation.turns, or one WAV file.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _fast = new("--fast")
    {
        Description = "With recorded turns: as fast as the machine computes instead of in real time.",
    };

    private readonly Option<string?> _device = new("--device")
    {
        Description = "A microphone and loudspeaker by name or number; 'devices' lists them.",
        HelpName = "NAME",
    };

    private readonly Option<string?> _voice = new("--voice")
    {
        Description = "The agent's voice, a folder in voices/.",
        HelpName = "NAME",
    };

    private readonly Option<string?> _memory = new("--memory")
    {
        Description = "Keeps what was heard in this folder and goes on from it next time, also after a crash; 'memory' shows and deletes it.",
        HelpName = "DIR",
    };

    private readonly Option<string?> _agents = new("--agents")
    {
        Description = "Several agents at one table, perhaps with their voices: Anna,Ben or Anna=warm,Ben=deep.",
        HelpName = "NAMES",
    };

    private readonly Option<bool> _plain = new("--plain")
    {
        Description = "Plain lines instead of a live screen.",
    };

    public TalkVerb(Shell shell)
        : base(
            shell,
            "talk",
            "Holds a spoken conversation; without a microphone, the same with recorded turns.",
            "talk",
            "talk --output today --voice desk",
            "talk --memory notes",
            "talk --agents Anna,Ben --turns voices/round-table/conversation.turns",
            "talk --turns voices/desk-turns/conversation.turns --fast --plain")
    {
        Options.Add(_output);
        Options.Add(_turns);
        Options.Add(_fast);
        Options.Add(_device);
        Options.Add(_voice);
        Options.Add(_memory);
        Options.Add(_agents);
        Options.Add(_plain);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var table = RoundTable.Parse(arguments.GetValue(_agents));
        var output = Directory.CreateDirectory(arguments.GetRequiredValue(_output)).FullName;
        var virtualTime = arguments.GetValue(_fast) ? new VirtualTime() : null;
        await using var host = await AgentHost.StartAsync(
            Shell,
            [new($"{ConversationOptions.Section}:{nameof(ConversationOptions.Voice)}", arguments.GetValue(_voice)), .. table.Settings],
            cancellationToken,
            withConversation: true,
            time: virtualTime?.Clock).ConfigureAwait(false);
        var open = new DeviceChoice(Shell).Conversation(
            arguments.GetValue(_device), arguments.GetValue(_turns), virtualTime is null ? DevicePace.RealTime : DevicePace.Virtual(virtualTime.WaitAsync));
        var setup = new ConversationSetup(open, host.Services.GetRequiredService<ConversationEngines>())
        {
            Agents = table.Seat(host.Services),
            OutputFolder = output,
            JournalFolder = arguments.GetValue(_memory),
            VirtualTime = virtualTime,
        };
        await using var conversation = host.Services.GetRequiredService<IConversationFactory>().Create(setup);
        await HoldAsync(conversation, arguments.GetValue(_plain), cancellationToken).ConfigureAwait(false);
        Shell.Line($"recording   {Path.Combine(output, "conversation.wav")}");
        Shell.Line($"log         {Path.Combine(output, "conversation.jsonl")}");
        return ExitCode.Ok;
    }

    private async Task HoldAsync(IConversation conversation, bool plain, CancellationToken cancellationToken)
    {
        IConversationScreen screen = Shell.IsInteractive && !plain ? new LiveScreen(Shell, conversation) : new LineScreen(Shell);
        var shown = screen.FollowAsync(conversation.Subscribe(), CancellationToken.None);
        await conversation.StartAsync(cancellationToken).ConfigureAwait(false);
        await using (cancellationToken.Register(() => _ = conversation.StopAsync(CancellationToken.None)).ConfigureAwait(false))
        {
            await conversation.Completion.ConfigureAwait(false);
        }

        await shown.ConfigureAwait(false);
    }
}
