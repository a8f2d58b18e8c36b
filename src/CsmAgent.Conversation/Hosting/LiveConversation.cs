using System.Text.RegularExpressions;
using Akka.Actor;
using CsmAgent.Conversation.Actors;
using CsmAgent.Conversation.Context;
using CsmAgent.Conversation.Journal;
using CsmAgent.Conversation.Options;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Recording;
using CsmAgent.Conversation.Replay;
using CsmAgent.Conversation.RoundTable;
using CsmAgent.Conversation.Streams;
using CsmAgent.Conversation.Telemetry;

namespace CsmAgent.Conversation.Hosting;

/// <summary>A conversation in an actor system: opens what it needs, then lets the actors work.</summary>
internal sealed partial class LiveConversation : IConversation
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan QueryTimeout = TimeSpan.FromSeconds(5);

    private readonly ActorSystem _system;
    private readonly ConversationSetup _setup;
    private readonly ConversationOptions _options;
    private readonly EventHub _events = new();
    private readonly TaskCompletionSource _partsEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ConversationWire? _wire;
    private IActorRef? _actor;
    private ConversationJournal? _journal;
    private Task _log = Task.CompletedTask;
    private int _started;

    public LiveConversation(ActorSystem system, ConversationSetup setup, ConversationOptions options)
    {
        if (!Name().IsMatch(setup.ConversationId))
        {
            throw new ArgumentException(
                $"'{setup.ConversationId}' cannot name a conversation; take 1 to 64 letters, digits, dots, dashes or underscores.", nameof(setup));
        }

        (_system, _setup, _options) = (system, setup, options);
    }

    public string Id => _setup.ConversationId;

    public Task Completion => _completion.Task;

    public IAsyncEnumerable<ConversationEvent> Subscribe(int capacity = 4096)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        return _events.Subscribe(capacity);
    }

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException($"The conversation '{Id}' has been started already.");
        }

        try
        {
            await OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // Cancelled, or the device failed to start: the parts that were started end before anybody is told.
            if (_actor is not null)
            {
                _actor.Tell(new PartMessages.Stop("it could not be started"));
                await _partsEnded.Task.ConfigureAwait(false);
            }

            await CloseFilesAsync().ConfigureAwait(false);
            _completion.TrySetResult();
            throw;
        }

        _ = FinishAsync();
    }

    public void Send(ConversationCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (command.ConversationId != Id)
        {
            throw new ArgumentException($"The command is for the conversation '{command.ConversationId}', this one is '{Id}'.", nameof(command));
        }

        Actor().Tell(command);
    }

    public Task<IReadOnlyList<SpokenTurn>> GetTranscriptAsync(CancellationToken cancellationToken = default) =>
        Actor().Ask<IReadOnlyList<SpokenTurn>>(new PartMessages.GetTurns(), QueryTimeout, cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (_actor is null)
        {
            _completion.TrySetResult();
            return;
        }

        _actor.Tell(new PartMessages.Stop("it was stopped"));
        await _completion.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        var engines = _setup.Engines;
        var table = new Table(_setup, _options);
        _journal = _setup.JournalFolder is { } folder ? new ConversationJournal(ConversationJournal.PathOf(folder, Id)) : null;
        (_setup.OpenEar ?? RoomEar.Open)().Dispose(); // what it lacks is said now, not when somebody speaks
        var device = _setup.OpenDevice();
        ISpeechEncoder? encoder = null;
        IRecognitionSession? recognition = null;
        ISpeechSession? speech = null;
        try
        {
            encoder = await engines.Codec.OpenEncoderAsync(cancellationToken).ConfigureAwait(false);
            recognition = await engines.Recognizer.OpenAsync(cancellationToken).ConfigureAwait(false);
            speech = await table.OpenVoiceAsync(engines.Synthesizer, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await device.DisposeAsync().ConfigureAwait(false);
            await Task.WhenAll(((IAsyncDisposable?[])[encoder, recognition, speech])
                .Select(opened => opened?.DisposeAsync().AsTask() ?? Task.CompletedTask)).ConfigureAwait(false);
            throw;
        }

        var memory = new ConversationMemory(_journal);
        var (turn, generation) = memory.Newest;
        var source = new TurnPolicySource(_options, table.CanSpeculate, turn, generation);
        var wire = _wire = new ConversationWire(_setup, _options, _events)
        {
            Table = table,
            First = new OpenedEngines(encoder, recognition, speech),
            Memory = memory,
            LastState = source.Begin(),
        };
        OpenFiles(wire, source);
        _ = ConversationTelemetry.FollowAsync(_events.Subscribe(1024), TimeProvider.System);
        _setup.VirtualTime?.Attach(wire.Pending);
        wire.Publish(new ConversationEvents.Started(
            Id, 0, device.Name, engines.Recognizer.Name, table.ReplyName, engines.Synthesizer.Name, engines.Synthesizer.IsBootstrap));
        _actor = _system.ActorOf(Props.Create(() => new ConversationActor(wire, _partsEnded)), "conversation-" + Id);
        await _actor.Ask<PartMessages.LetGo>(new DeviceActor.Start(device), StartTimeout, cancellationToken).ConfigureAwait(false);
    }

    private void OpenFiles(ConversationWire wire, TurnPolicySource source)
    {
        if (_setup.OutputFolder is not { } output)
        {
            return;
        }

        void Trouble(string message) => wire.Trouble("recording", message);
        Directory.CreateDirectory(output);
        _log = ConversationLog.WriteAsync(output, _events.Subscribe(65_536), Trouble);
        wire.Recorder = new ConversationRecording(_setup.OpenRecording(Path.Combine(output, ConversationRecording.FileName)), Trouble);
        wire.TurnLog = new TurnLog(output, source, Trouble);
    }

    private async Task FinishAsync()
    {
        await _partsEnded.Task.ConfigureAwait(false);
        await CloseFilesAsync().ConfigureAwait(false);
        _completion.TrySetResult();
    }

    private async Task CloseFilesAsync()
    {
        if (_wire?.Recorder is { } recorder)
        {
            await recorder.DisposeAsync().ConfigureAwait(false);
        }

        if (_wire?.TurnLog is { } turns)
        {
            await turns.DisposeAsync().ConfigureAwait(false);
        }

        _events.Complete();
        await _log.ConfigureAwait(false);
        _journal?.Dispose();
    }

    private IActorRef Actor() => _actor ?? throw new InvalidOperationException($"The conversation '{Id}' has not been started.");

    [GeneratedRegex("^[A-Za-z0-9._-]{1,64}$")]
    private static partial Regex Name();
}
