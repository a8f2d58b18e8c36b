using System.Security.Cryptography;
using System.Text;
using CsmAgent.Audio;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Dialogue.Takes;

/// <summary>Keeps takes on disk, so that an interrupted dialogue goes on where it stopped and one line can be redone alone.
/// A file that is damaged counts as none.</summary>
internal sealed class TakeStore(string folder)
{
    private const ulong Magic = 0x31454B41544D5343; // "CSMTAKE1"
    private const uint End = 0x444E4521;
    private const int MaxClauses = 1_000;
    private const int MaxFrames = 8_192;
    private const int MaxCodebooks = 64;

    /// <summary>The name of a take: everything that decides how it sounds, except what is done after generation.</summary>
    public static string Key(params ReadOnlySpan<object> parts)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            text.Append(part).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
    }

    public void Clear()
    {
        if (Directory.Exists(folder))
        {
            foreach (var file in Directory.GetFiles(folder, "*.take"))
            {
                File.Delete(file);
            }
        }
    }

    public Take? Find(string key)
    {
        var path = Path.Combine(folder, key + ".take");
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            using var reader = new BinaryReader(new BufferedStream(File.OpenRead(path), 1 << 16));
            return Read(reader);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or ArgumentException or FormatException)
        {
            return null;
        }
    }

    public void Write(string key, Take take)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, key + ".take");
        var temporary = path + ".partial";
        using (var writer = new BinaryWriter(new BufferedStream(File.Create(temporary), 1 << 16)))
        {
            Write(writer, take);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static void Write(BinaryWriter writer, Take take)
    {
        writer.Write(Magic);
        writer.Write(take.Seed);
        writer.Write(take.Clauses.Count);
        foreach (var clause in take.Clauses)
        {
            writer.Write(clause.Pause.Ticks);
            writer.Write(clause.Text);
            writer.Write(clause.Spoken);
            writer.Write(clause.Codes.Count);
            writer.Write(clause.Codes.Count == 0 ? 0 : clause.Codes[0].Codes.Length);
            for (var i = 0; i < clause.Codes.Count; i++)
            {
                writer.Write(clause.SpokenCharacters[i]);
                foreach (var code in clause.Codes[i].Codes.Span)
                {
                    writer.Write((ushort)code);
                }
            }

            writer.Write(clause.Samples.Length);
            foreach (var sample in clause.Samples)
            {
                writer.Write((short)Math.Clamp(MathF.Round(sample * 32_767), -32_767, 32_767));
            }
        }

        writer.Write(End);
    }

    private static Take Read(BinaryReader reader)
    {
        Check(reader.ReadUInt64() == Magic);
        var seed = reader.ReadUInt64();
        var clauses = new TakeClause[Within(reader.ReadInt32(), 1, MaxClauses)];
        for (var c = 0; c < clauses.Length; c++)
        {
            var pause = TimeSpan.FromTicks(reader.ReadInt64());
            var (text, spoken) = (reader.ReadString(), reader.ReadString());
            var codes = new CodeFrame[Within(reader.ReadInt32(), 0, MaxFrames)];
            var codebooks = Within(reader.ReadInt32(), 0, MaxCodebooks);
            var characters = new int[codes.Length];
            for (var i = 0; i < codes.Length; i++)
            {
                characters[i] = reader.ReadInt32();
                var frame = new int[codebooks];
                for (var k = 0; k < codebooks; k++)
                {
                    frame[k] = reader.ReadUInt16();
                }

                codes[i] = new CodeFrame(frame);
            }

            // A count that lies must not cost memory: the file holds two bytes for each sample.
            var most = Math.Min(MaxFrames * AudioFormat.FrameSamples, (reader.BaseStream.Length - reader.BaseStream.Position) / sizeof(short));
            var samples = new float[Within(reader.ReadInt32(), 0, (int)most)];
            for (var i = 0; i < samples.Length; i++)
            {
                samples[i] = reader.ReadInt16() / 32_767f;
            }

            clauses[c] = new TakeClause(pause, text, spoken, samples, codes, characters);
        }

        Check(reader.ReadUInt32() == End);
        return new Take(seed, clauses);
    }

    private static int Within(int value, int least, int most)
    {
        Check(value >= least && value <= most);
        return value;
    }

    private static void Check(bool isRight)
    {
        if (!isRight)
        {
            throw new InvalidDataException("The take is damaged.");
        }
    }
}
