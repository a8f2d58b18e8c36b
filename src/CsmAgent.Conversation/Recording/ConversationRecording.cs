using System.Threading.Channels;
using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Streams;

namespace CsmAgent.Conversation.Recording;

/// <summary>Writes both sides to <c>conversation.wav</c> beside the conversation: a slow disk loses blocks, never holds anybody up.</summary>
internal sealed class ConversationRecording : IAsyncDisposable
{
    /// <summary>The file's name.</summary>
    public const string FileName = "conversation.wav";

    private readonly Channel<CapturedBlock> _blocks = Channel.CreateBounded<CapturedBlock>(1024);
    private readonly StereoRecorder _recorder;
    private readonly Task _writing;
    private long _dropped;

    public ConversationRecording(StereoRecorder recorder, Action<string> trouble)
    {
        _recorder = recorder;
        _recorder.Failed += failure => trouble(failure.Message);
        _writing = WriteAsync();
    }

    /// <summary>Blocks that found no place.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Write(CapturedBlock block)
    {
        if (!_blocks.Writer.TryWrite(block))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _blocks.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
        _recorder.Dispose();
    }

    private async Task WriteAsync()
    {
        await foreach (var block in _blocks.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            _recorder.Write(block.Captured, block.Played);
        }
    }
}
