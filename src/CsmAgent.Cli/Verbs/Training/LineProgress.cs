namespace CsmAgent.Cli.Verbs.Training;

/// <summary>Reports on the calling thread, in order (the framework's own posts to the thread pool and may reorder).</summary>
internal sealed class LineProgress<T>(Action<T> show) : IProgress<T>
{
    public void Report(T value) => show(value);
}
