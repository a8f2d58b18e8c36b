using CsmAgent.Cli.Voices;
using CsmAgent.Conversation.RoundTable;
using CsmAgent.Engines.Configuration;
using CsmAgent.Engines.Replying;
using CsmAgent.Engines.Voices;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.Cli.Hosting;

/// <summary>The agents that <c>talk --agents</c> seats, and what the engines must know of them.</summary>
internal sealed class RoundTable
{
    private const int MostAgents = 3;

    private readonly Cast? _cast;

    private RoundTable(Cast? cast) => _cast = cast;

    /// <summary>Reads the option; without it there is one agent.</summary>
    /// <exception cref="CliException">Not two or three names of one word each.</exception>
    public static RoundTable Parse(string? text)
    {
        var cast = Cast.Parse("--agents", text, needsVoices: false);
        if (cast is not null && cast.Names.Count is < 2 or > MostAgents)
        {
            throw new CliException(ExitCode.Usage, $"--agents names {cast.Names.Count}; expected two or {MostAgents}, for example Anna,Ben.");
        }

        return cast?.Names.FirstOrDefault(name => !name.All(char.IsLetter)) is { } odd
            ? throw new CliException(ExitCode.Usage, $"--agents: '{odd}' cannot be called by voice; a name is one word of letters.")
            : new RoundTable(cast);
    }

    /// <summary>Settings that follow from the names: the recogniser listens for them.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Settings => (_cast?.Names ?? []).Select((name, i) =>
        new KeyValuePair<string, string?>($"{RecognizerOptions.Section}:{nameof(RecognizerOptions.Names)}:{i}", name));

    /// <summary>The agents; empty for one alone.</summary>
    public IReadOnlyList<TableAgent> Seat(IServiceProvider services)
    {
        if (_cast is null)
        {
            return [];
        }

        var voices = Cast.Voices([.. _cast.Names.Select(_cast.VoiceOf)], services.GetRequiredService<VoiceLibrary>());
        var replies = services.GetRequiredService<ReplyGenerators>();
        return [.. _cast.Names.Select((name, i) => new TableAgent(name, voices[i], replies.AtTable(name, [.. _cast.Names.Where(other => other != name)])))];
    }
}
