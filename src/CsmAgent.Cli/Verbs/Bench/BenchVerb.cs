using System.CommandLine;
using CsmAgent.Engines.Bench;

namespace CsmAgent.Cli.Verbs.Bench;

/// <summary>Measures this machine with models of full size. Alone it measures a frame.</summary>
internal sealed class BenchVerb : Verb
{
    private readonly BenchPartVerb _frame;

    public BenchVerb(Shell shell)
        : base(
            shell,
            "bench",
            "Measures speed, memory and quality; without a model it makes random weights of full size.",
            "bench frame",
            "bench frame --precision int8 --threads 1 --json frame.json",
            "bench mimi",
            "bench context",
            "bench quality --model tests/fixtures/csm-tiny")
    {
        _frame = Part("frame", "One frame of speech, part by part: real-time factor, bandwidth, memory.", FrameBench.Run);
        Subcommands.Add(_frame);
        Subcommands.Add(Part("prefill", "Reading a context, and the first frame after a cached prompt.", PrefillBench.Run));
        Subcommands.Add(Part("mimi", "The codec, a frame to codes and back on one core.", MimiBench.Run));
        Subcommands.Add(Part("context", "What a long context costs a frame.", ContextBench.Run));
        Subcommands.Add(Part("memory", "Resident memory with everything loaded.", MemoryBench.Run));
        Subcommands.Add(Part("load", "Packing once, then starting from the packed file.", LoadBench.Run));
        Subcommands.Add(new BenchEndToEndVerb(shell));
        Subcommands.Add(new BenchOverlapVerb(shell));
        Subcommands.Add(new BenchSoakVerb(shell));
        Subcommands.Add(new BenchWordsVerb(shell));
        Subcommands.Add(Part("quality", "What a precision costs against full precision.", QualityBench.Run));

        BenchPartVerb Part(string name, string description, BenchPartVerb.Measure measure) => new(shell, name, description, measure);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken) =>
        _frame.RunAsync(new BenchOptions(), null, cancellationToken);
}
