using System.CommandLine;

namespace CsmAgent.Cli.Verbs.Models;

/// <summary>Published models: what there is, fetching, checking, finding, tidying. Alone it lists.</summary>
internal sealed class ModelsVerb : Verb
{
    private readonly ModelsListVerb _list;

    public ModelsVerb(Shell shell)
        : base(
            shell,
            "models",
            "Lists, fetches and checks published models (CSM-1B, Mimi, the tokenizer).",
            "models",
            "models pull mimi",
            "models verify mimi",
            "models path csm-1b",
            "models prune")
    {
        _list = new ModelsListVerb(shell);
        Subcommands.Add(_list);
        Subcommands.Add(new ModelsPullVerb(shell));
        Subcommands.Add(new ModelsVerifyVerb(shell));
        Subcommands.Add(new ModelsPathVerb(shell));
        Subcommands.Add(new ModelsPruneVerb(shell));
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken) => Task.FromResult(_list.Show());
}
