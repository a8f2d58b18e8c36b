using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Reply.Desk;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using OpenAI;

namespace CsmAgent.Conversation.Reply.Chat;

/// <summary>Replies of any OpenAI-compatible chat model, streamed through Semantic Kernel, with the desk's functions as tools.</summary>
public sealed class ChatReplyGenerator : IReplyGenerator
{
    /// <summary>Turns of the history that are sent: a long conversation must still fit into a model's context.</summary>
    private const int RememberedTurns = 80;

    private readonly ChatSettings _settings;
    private readonly DeskMemories _memories;
    private readonly OpenAIChatCompletionService _chat;

    /// <summary>Prepares the client; nothing is sent before the first reply.</summary>
    /// <param name="settings">Where and how.</param>
    /// <param name="memories">The memories of all conversations, which the tools use.</param>
    public ChatReplyGenerator(ChatSettings settings, DeskMemories memories)
    {
        ArgumentNullException.ThrowIfNull(settings);
        (_settings, _memories) = (settings, memories);
        var client = new OpenAIClient(
            new ApiKeyCredential(settings.Key ?? "none"),
            new OpenAIClientOptions
            {
                Endpoint = settings.Endpoint,
                NetworkTimeout = settings.Timeout,
                // Somebody is waiting: a failure is told at once, and the next turn tries again.
                RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            });
        _chat = new OpenAIChatCompletionService(settings.Model, client);
    }

    /// <inheritdoc/>
    public string Name => _settings.Model;

    /// <inheritdoc/>
    public bool CanSpeculate => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> TakeAnnouncements(string conversationId) => _memories.TakeDue(conversationId);

    /// <inheritdoc/>
    public void TakeBack(string conversationId) => _memories.TakeBack(conversationId);

    /// <inheritdoc/>
    public void Forget(string conversationId) => _memories.Forget(conversationId);

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ReplyAsync(ReplyRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var kernel = new Kernel();
        var memory = _memories.Of(request.ConversationId);
        memory.BeginReply();
        kernel.Plugins.AddRange(new DeskPlugins(memory, _memories.Time).ToKernelPlugins());
        kernel.AutoFunctionInvocationFilters.Add(new AfterTheTurn(request.Authorised));
        var execution = new OpenAIPromptExecutionSettings
        {
            FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(),
            MaxTokens = _settings.MaximumTokens,
            Temperature = _settings.Temperature,
        };

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var pieces = _chat.GetStreamingChatMessageContentsAsync(History(request), execution, kernel, patience.Token).GetAsyncEnumerator(patience.Token);
        while (true)
        {
            string? piece;
            try
            {
                patience.CancelAfter(_settings.Timeout);
                if (!await pieces.MoveNextAsync())
                {
                    yield break;
                }

                piece = pieces.Current.Content;
            }
            catch (Exception fault) when (!cancellationToken.IsCancellationRequested && Explain(fault) is { } message)
            {
                throw new EngineException(message, fault);
            }

            if (!string.IsNullOrEmpty(piece))
            {
                // The listener's side may be slow; only the endpoint is timed.
                patience.CancelAfter(Timeout.InfiniteTimeSpan);
                yield return piece;
            }
        }
    }

    private ChatHistory History(ReplyRequest request)
    {
        var history = new ChatHistory(_settings.Instructions is { Length: > 0 } task ? $"{SpokenStyle.SystemPrompt}\n{task}" : SpokenStyle.SystemPrompt);
        foreach (var turn in request.History.TakeLast(RememberedTurns).Where(turn => turn.Text.Length > 0))
        {
            var text = turn.WasInterrupted ? turn.Text + " --" : turn.Text;
            if (turn.Speaker == TurnSpeaker.User)
            {
                history.AddUserMessage(turn.Text);
            }
            else if (turn.Agent == request.Agent)
            {
                history.AddAssistantMessage(text);
            }
            else
            {
                history.AddUserMessage(From(turn.Agent, text));
            }
        }

        history.AddUserMessage(request.UserText.Length > 0 ? From(request.From, request.UserText) : SpokenStyle.Silence);
        return history;
    }

    // What another agent at the table said is not this one's own.
    private static string From(string? agent, string text) => agent is null ? text : $"{agent}: {text}";

    private string? Explain(Exception fault)
    {
        var where = $"The chat endpoint {_settings.Endpoint}";
        if (fault is OperationCanceledException or TimeoutException)
        {
            return $"{where} sent nothing for {_settings.Timeout.TotalSeconds:0.#} seconds. Wait for it, raise Reply:TimeoutSeconds, or set Reply:Engine to 'desk'.";
        }

        var status = fault switch
        {
            HttpOperationException http => (int?)http.StatusCode,
            ClientResultException client => client.Status,
            _ => null,
        };
        return status switch
        {
            null or 0 => fault is HttpOperationException or ClientResultException or HttpRequestException or IOException
                ? $"{where} cannot be reached: {fault.GetBaseException().Message} Check Reply:Endpoint and that the server runs, or set Reply:Engine to 'desk'."
                : null,
            401 or 403 => $"{where} refuses the key ({status}). {(_settings.Key is null ? $"Set the environment variable {_settings.KeyVariable}." : $"Check the environment variable {_settings.KeyVariable}.")}",
            404 => $"{where} knows no model '{_settings.Model}' (404). Check Reply:Model and Reply:Endpoint.",
            429 => $"{where} is asked too often or the account is used up (429). Wait, or set Reply:Engine to 'desk'.",
            _ => $"{where} answered with an error ({status}): {fault.Message}",
        };
    }

    // Functions act on the world: not before the user's turn is surely over.
    private sealed class AfterTheTurn(Task authorised) : IAutoFunctionInvocationFilter
    {
        public async Task OnAutoFunctionInvocationAsync(AutoFunctionInvocationContext context, Func<AutoFunctionInvocationContext, Task> next)
        {
            await authorised.WaitAsync(context.CancellationToken);
            await next(context);
        }
    }
}
