using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using CsmAgent.Audio;
using CsmAgent.Audio.Files;

namespace CsmAgent.Engines.Voices;

/// <summary>Reads and writes voice packs. A pack may come from a stranger: nothing in it is run, no path leaves its folder,
/// and sizes are checked before anything is read.</summary>
public static partial class VoicePackFile
{
    /// <summary>The manifest's name.</summary>
    public const string ManifestName = "voice.json";

    /// <summary>The largest manifest: 64 KiB.</summary>
    public const int MaxManifestBytes = 64 * 1_024;

    /// <summary>The largest recording: 24 MB, which is two minutes at 48 kHz in 16-bit stereo.</summary>
    public const int MaxAudioBytes = 24_000_000;

    /// <summary>The most recordings in one prompt.</summary>
    public const int MaxSegments = 8;

    private const int MaxText = 2_000;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.Strict,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        MaxDepth = 8,
    };

    /// <summary>True when a name can be a voice's: lower-case letters, digits and hyphens, 1 to 40, no hyphen first.</summary>
    public static bool IsName(string? name) => name is not null && NamePattern().IsMatch(name);

    /// <summary>Reads a folder's manifest.</summary>
    /// <exception cref="VoicePackException">It is missing, too large, not valid, or points outside its folder.</exception>
    public static VoicePack Read(string folder)
    {
        var path = Path.Combine(folder, ManifestName);
        string text;
        try
        {
            RefuseLink(path, Path.GetFileName(folder));
            var length = new FileInfo(path).Length;
            if (length > MaxManifestBytes)
            {
                throw new VoicePackException($"{path} has {length} bytes; a voice's manifest has at most {MaxManifestBytes}.");
            }

            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new VoicePackException($"The voice in {folder} cannot be read: {e.Message}", e);
        }

        return Parse(text, path) with { Folder = Path.GetFullPath(folder) };
    }

    /// <summary>Reads a manifest's text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="path">Its file, for messages; the folder's name must be the voice's.</param>
    /// <exception cref="VoicePackException">It is not valid; every fault is listed.</exception>
    public static VoicePack Parse(string json, string path)
    {
        VoicePack pack;
        try
        {
            pack = JsonSerializer.Deserialize<VoicePack>(json, Json)
                ?? throw new VoicePackException($"{path} holds null instead of an object.");
        }
        catch (JsonException e)
        {
            throw new VoicePackException($"{path} is no valid voice: {e.Message}", e);
        }

        var faults = Faults(pack, Path.GetFileName(Path.GetDirectoryName(path)) ?? "").ToList();
        return faults.Count == 0 ? pack : throw new VoicePackException($"{path} is no valid voice:\n  {string.Join("\n  ", faults)}");
    }

    /// <summary>The manifest as text.</summary>
    public static string Format(VoicePack pack) => JsonSerializer.Serialize(pack, Json) + "\n";

    /// <summary>Reads one recording of a pack.</summary>
    /// <returns>24 kHz mono.</returns>
    /// <exception cref="VoicePackException">It is missing, too large, a link, or no WAV file.</exception>
    public static float[] ReadAudio(VoicePack pack, VoicePrompt segment)
    {
        ArgumentNullException.ThrowIfNull(pack);
        ArgumentNullException.ThrowIfNull(segment);
        var path = Path.Combine(pack.Folder, segment.Audio);
        if (!FilePattern().IsMatch(segment.Audio))
        {
            throw new VoicePackException($"The voice '{pack.Name}': prompt audio '{segment.Audio}' is no plain file name that ends in .wav.");
        }

        try
        {
            RefuseLink(path, pack.Name);
            var length = new FileInfo(path).Length;
            return length > MaxAudioBytes
                ? throw new VoicePackException($"The voice '{pack.Name}': {segment.Audio} has {length} bytes, at most {MaxAudioBytes} are read.")
                : WavFile.Read(path).ToHouseFormat();
        }
        catch (Exception e) when (e is AudioFileException or IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            throw new VoicePackException($"The voice '{pack.Name}': {segment.Audio} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A hash of everything in a pack that can be heard: its manifest and its recordings.</summary>
    /// <exception cref="VoicePackException">A recording cannot be read.</exception>
    public static string Fingerprint(VoicePack pack)
    {
        ArgumentNullException.ThrowIfNull(pack);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(Format(pack)));
        foreach (var segment in pack.Segments)
        {
            hash.AppendData(MemoryMarshal.AsBytes<float>(ReadAudio(pack, segment)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    /// <summary>The codec frames of a recording: what the prompt takes of the context, without its text.</summary>
    /// <param name="samples">24 kHz mono samples.</param>
    public static int Frames(int samples) => (samples + AudioFormat.FrameSamples - 1) / AudioFormat.FrameSamples;

    private static void RefuseLink(string path, string name)
    {
        // A pack from a stranger must not show what lies elsewhere on this machine.
        if (File.GetAttributes(path).HasFlag(FileAttributes.ReparsePoint))
        {
            throw new VoicePackException($"The voice '{name}': {Path.GetFileName(path)} is a link; a voice's files lie in its own folder.");
        }
    }

    private static IEnumerable<string> Faults(VoicePack pack, string folder)
    {
        if (!IsName(pack.Name))
        {
            yield return $"name '{pack.Name}': expected lower-case letters, digits and hyphens, 1 to 40 of them";
        }
        else if (pack.Name != folder)
        {
            yield return $"name '{pack.Name}' in a folder called '{folder}'; both must be the same";
        }

        foreach (var (field, value) in new[]
        {
            ("description", pack.Description), ("licence", pack.Licence), ("consent.speaker", pack.Consent.Speaker), ("consent.statement", pack.Consent.Statement),
        })
        {
            if (string.IsNullOrWhiteSpace(value) || value.Length > MaxText)
            {
                yield return $"{field}: expected 1 to {MaxText} characters, found {value.Length}";
            }
        }

        if (pack.Speaker is < 0 or > 9)
        {
            yield return $"speaker {pack.Speaker}: expected 0 to 9";
        }

        if (pack.BaseModel is not null && !NamePattern().IsMatch(pack.BaseModel))
        {
            yield return $"baseModel '{pack.BaseModel}': expected a name such as csm-1b";
        }

        if (pack.Segments.Count > MaxSegments)
        {
            yield return $"prompt: {pack.Segments.Count} recordings, at most {MaxSegments}";
        }

        foreach (var (segment, i) in pack.Segments.Take(MaxSegments).Select((segment, i) => (segment, i)))
        {
            if (segment is null || !FilePattern().IsMatch(segment.Audio))
            {
                yield return $"prompt[{i}].audio '{segment?.Audio}': expected a plain file name that ends in .wav";
            }
            else if (string.IsNullOrWhiteSpace(segment.Transcript) || segment.Transcript.Length > MaxText)
            {
                yield return $"prompt[{i}].transcript: expected 1 to {MaxText} characters, found {segment.Transcript.Length}";
            }
        }

        foreach (var (field, value, least, most) in Numbers(pack))
        {
            if (!(value >= least && value <= most))
            {
                yield return $"{field} is {value}; allowed are {least} to {most}";
            }
        }

        if (pack.Bootstrap is { } voice && !NamePattern().IsMatch(voice.Voice))
        {
            yield return $"bootstrap.voice '{voice.Voice}': expected a name such as slt";
        }
    }

    private static IEnumerable<(string Field, double Value, double Least, double Most)> Numbers(VoicePack pack)
    {
        if (pack.Sampling is { } sampling)
        {
            yield return ("sampling.temperature", sampling.Temperature ?? 1, 0, 2);
            yield return ("sampling.topK", sampling.TopK ?? 1, 1, 2_051);
        }

        if (pack.Bootstrap is { } voice)
        {
            yield return ("bootstrap.rate", voice.Rate, 0.5, 2);
            yield return ("bootstrap.pitchHz", voice.PitchHz ?? 100, 50, 350);
            yield return ("bootstrap.pitchSpreadHz", voice.PitchSpreadHz ?? 10, 1, 80);
        }

        if (pack.Tone is { } tone)
        {
            yield return ("tone.tiltDb", tone.TiltDb, -12, 12);
            yield return ("tone.gainDb", tone.GainDb, -24, 12);
        }
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{0,39}\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}\.wav\z")]
    private static partial Regex FilePattern();
}
