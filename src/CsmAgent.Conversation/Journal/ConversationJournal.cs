using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using CsmAgent.Conversation.Context;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Journal;

/// <summary>What was heard, on disk: append-only, one record per turn with its own checksum. Whatever kills the process, the records
/// before are whole; a torn last one is cut off when the journal is opened again.</summary>
/// <remarks>A file: 8 bytes <c>CSMAGNT1</c>, then records of 4 bytes length (little endian), 8 bytes of the payload's SHA-256, payload (JSON).</remarks>
internal sealed class ConversationJournal : IDisposable
{
    private const int HeaderBytes = 12;
    private const int LargestRecord = 16 << 20;

    private readonly string _path;
    private readonly List<HeardTurn> _turns = [];
    private FileStream _file;

    /// <summary>Opens or begins a journal.</summary>
    /// <exception cref="InvalidDataException">The file is not a journal.</exception>
    /// <exception cref="IOException">Another conversation of this name is running.</exception>
    public ConversationJournal(string path)
    {
        _path = path;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _file = Open();
        Load();
    }

    /// <summary>The turns found when it was opened, oldest first.</summary>
    public IReadOnlyList<HeardTurn> Turns => _turns;

    /// <summary>Bytes of a torn record that were cut off when it was opened.</summary>
    public long TornBytes { get; private set; }

    /// <summary>How a journal's file name ends.</summary>
    public const string Extension = ".journal";

    private static ReadOnlySpan<byte> Magic => "CSMAGNT1"u8;

    /// <summary>The journal of a conversation in a folder.</summary>
    public static string PathOf(string folder, string conversationId) => Path.Combine(folder, conversationId + Extension);

    /// <summary>Appends a turn; on disk when it returns.</summary>
    public void Append(HeardTurn turn)
    {
        var payload = JsonSerializer.SerializeToUtf8Bytes(Record.From(turn));
        var record = new byte[HeaderBytes + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(record, payload.Length);
        SHA256.HashData(payload).AsSpan(0, 8).CopyTo(record.AsSpan(4));
        payload.CopyTo(record, HeaderBytes);
        _file.Write(record);
        _file.Flush(flushToDisk: true);
    }

    /// <summary>Deletes everything ever written; later turns begin a new journal.</summary>
    public void Forget()
    {
        _file.SetLength(0);
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        File.Delete(_path);
        _turns.Clear();
        _file = Open();
        Load();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    // Alone: two conversations of one name would tear each other's records apart.
    private FileStream Open() => new(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    private void Load()
    {
        var magic = new byte[Magic.Length];
        var read = _file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        if (!Magic.StartsWith(magic.AsSpan(0, read)))
        {
            _file.Dispose();
            throw new InvalidDataException($"{_path} is not a conversation's journal: it must begin with {System.Text.Encoding.ASCII.GetString(Magic)}. Move it away or choose another folder.");
        }

        if (read < magic.Length)
        {
            _file.SetLength(0);
            _file.Position = 0;
            _file.Write(Magic);
            _file.Flush(flushToDisk: true);
        }

        var good = _file.Position;
        while (TryRead() is { } turn)
        {
            _turns.Add(turn);
            good = _file.Position;
        }

        TornBytes = _file.Length - good;
        _file.SetLength(good);
        _file.Position = good;
    }

    private HeardTurn? TryRead()
    {
        var header = new byte[HeaderBytes];
        if (_file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        if (length is <= 0 or > LargestRecord || length > _file.Length - _file.Position)
        {
            return null;
        }

        var payload = new byte[length];
        _file.ReadExactly(payload);
        return SHA256.HashData(payload).AsSpan(0, 8).SequenceEqual(header.AsSpan(4, 8))
            ? JsonSerializer.Deserialize<Record>(payload)!.ToTurn()
            : null;
    }

    private sealed record Record(
        TurnSpeaker Speaker, int Turn, int Generation, string Text, bool WasInterrupted, long FirstSample, long LastSample, int Codebooks, byte[] Codes, string? Agent = null)
    {
        public static Record From(HeardTurn turn)
        {
            var codebooks = turn.Codes.Count == 0 ? 0 : turn.Codes[0].Codes.Length;
            var codes = new byte[turn.Codes.Count * codebooks * 2];
            var at = 0;
            foreach (var frame in turn.Codes)
            {
                foreach (var code in frame.Codes.Span)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(codes.AsSpan(at), checked((ushort)code));
                    at += 2;
                }
            }

            return new(turn.Speaker, turn.Turn, turn.Generation, turn.Text, turn.WasInterrupted, turn.FirstSample, turn.LastSample, codebooks, codes, turn.Agent);
        }

        public HeardTurn ToTurn()
        {
            var frames = new List<CodeFrame>();
            for (var at = 0; Codebooks > 0 && at < Codes.Length; at += Codebooks * 2)
            {
                var frame = new int[Codebooks];
                for (var i = 0; i < Codebooks; i++)
                {
                    frame[i] = BinaryPrimitives.ReadUInt16LittleEndian(Codes.AsSpan(at + (i * 2)));
                }

                frames.Add(new CodeFrame(frame));
            }

            return new(Speaker, Turn, Generation, Text, WasInterrupted, FirstSample, LastSample, frames) { Agent = Agent };
        }
    }
}
