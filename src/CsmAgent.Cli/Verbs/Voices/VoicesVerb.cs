using System.CommandLine;

namespace CsmAgent.Cli.Verbs.Voices;

/// <summary>Voices: what there is, what they are like, making and removing. Alone it lists.</summary>
internal sealed class VoicesVerb : Verb
{
    private readonly VoicesListVerb _list;

    public VoicesVerb(Shell shell)
        : base(
            shell,
            "voices",
            "Lists, examines, plays, makes and removes voices.",
            "voices",
            "voices show warm",
            "voices play deep",
            "voices make ada --from ada.wav --speaker \"Ada L.\" --consent \"I agree that my voice is used by this program.\"",
            "voices check ada")
    {
        _list = new VoicesListVerb(shell);
        Subcommands.Add(_list);
        Subcommands.Add(new VoicesShowVerb(shell));
        Subcommands.Add(new VoicesPlayVerb(shell));
        Subcommands.Add(new VoicesMakeVerb(shell));
        Subcommands.Add(new VoicesCheckVerb(shell));
        Subcommands.Add(new VoicesRemoveVerb(shell));
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken) => Task.FromResult(_list.Show());
}
