using CsmAgent.Conversation.Ports;
using CsmAgent.Tensors.Native;

namespace CsmAgent.Engines.Inference;

/// <summary>
/// The one thread that runs every model step on a device, the step with the earliest deadline first (equal deadlines: first come,
/// first served). Nothing else touches Torch: its modes, scopes and thread team belong to the thread that calls it.
/// </summary>
public sealed class InferenceOwner : IAsyncDisposable
{
    private readonly PriorityQueue<Step, (long Deadline, long Sequence)> _queue = new();
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _slots;
    private readonly SemaphoreSlim _ready = new(0);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private readonly string _name;
    private long _sequence;
    private bool _closed;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">Names the thread and the device, for example <c>cpu</c>.</param>
    /// <param name="capacity">Steps that may wait, 1 or more; a caller beyond that waits for room.</param>
    /// <param name="time">Where deadlines are counted from; null takes the system's clock.</param>
    public InferenceOwner(string name, int capacity = 256, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _name = name;
        _slots = new SemaphoreSlim(capacity, capacity);
        _time = time ?? TimeProvider.System;
        var thread = new Thread(Loop) { Name = $"inference {name}", IsBackground = true };
        thread.Start();
    }

    /// <summary>Steps that wait now.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _queue.Count;
            }
        }
    }

    /// <summary>Runs a step and returns its result; what it throws is thrown here, a <see cref="DeviceException"/> as an <see cref="EngineException"/>.</summary>
    /// <param name="step">The work; runs on the owner's thread and must not wait for other steps.</param>
    /// <param name="within">How soon the result is needed: decides the order, never drops anything.</param>
    /// <param name="cancellationToken">Takes the step out while it waits; a step that runs is never torn.</param>
    /// <exception cref="EngineException">The owner was disposed.</exception>
    public async Task<T> RunAsync<T>(Func<T> step, TimeSpan within, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        await _slots.WaitAsync(cancellationToken);
        var waiting = new Step<T>(step, cancellationToken);
        lock (_gate)
        {
            if (_closed)
            {
                _slots.Release();
                throw Closed();
            }

            _queue.Enqueue(waiting, (_time.GetTimestamp() + (long)(within.TotalSeconds * _time.TimestampFrequency), _sequence++));
        }

        _ready.Release();
        return await waiting.Result;
    }

    /// <summary>Runs a step without a result.</summary>
    /// <inheritdoc cref="RunAsync{T}(Func{T}, TimeSpan, CancellationToken)"/>
    public Task RunAsync(Action step, TimeSpan within, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        return RunAsync(
            () =>
            {
                step();
                return true;
            },
            within,
            cancellationToken);
    }

    /// <summary>Finishes the step that runs, refuses those that wait, ends the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closed = true;
        }

        _ready.Release();
        await _ended.Task;
    }

    private void Loop()
    {
        while (true)
        {
            _ready.Wait();
            Step? step;
            lock (_gate)
            {
                if (_closed)
                {
                    break;
                }

                step = _queue.Dequeue();
            }

            _slots.Release();
            step.Run();
        }

        lock (_gate)
        {
            while (_queue.TryDequeue(out var refused, out _))
            {
                refused.Refuse(Closed());
                _slots.Release();
            }
        }

        _ended.SetResult();
    }

    private EngineException Closed() => new($"The inference thread '{_name}' has been closed.");

    private abstract class Step
    {
        public abstract void Run();

        public abstract void Refuse(Exception reason);
    }

    private sealed class Step<T>(Func<T> work, CancellationToken cancellationToken) : Step
    {
        private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Result => _result.Task;

        public override void Run()
        {
            if (cancellationToken.IsCancellationRequested)
            {
                _result.SetCanceled(cancellationToken);
                return;
            }

#pragma warning disable CA1031 // Whatever the step throws belongs to its caller; the thread serves the others.
            try
            {
                _result.SetResult(work());
            }
            catch (DeviceException fault)
            {
                // The models' word for a device without room, in the words of the conversation's ports.
                _result.SetException(new EngineException(fault.Message, fault));
            }
            catch (Exception fault)
            {
                _result.SetException(fault);
            }
#pragma warning restore CA1031
        }

        public override void Refuse(Exception reason) => _result.SetException(reason);
    }
}
