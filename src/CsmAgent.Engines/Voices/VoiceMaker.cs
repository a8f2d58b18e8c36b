using CsmAgent.Audio;
using CsmAgent.Audio.Analysis;
using CsmAgent.Audio.Files;

namespace CsmAgent.Engines.Voices;

/// <summary>Makes a voice from a recording: trims, sets the level, and puts the finished folder in its place in one step.</summary>
/// <param name="library">Where voices live.</param>
public sealed class VoiceMaker(VoiceLibrary library)
{
    private const int PadSamples = AudioFormat.SampleRateHz * 80 / 1_000;
    private const double TargetDb = -20;
    private const double HighestPeakDb = -1;

    /// <summary>Cuts the silence at both ends to 80 ms and brings speech to −20 dBFS, peaks at most −1 dBFS.</summary>
    /// <param name="samples">24 kHz mono.</param>
    public static float[] Prepare(ReadOnlySpan<float> samples)
    {
        var extent = SpeechExtent.Find(samples);
        var start = Math.Max(0, extent.Start - PadSamples);
        var prepared = samples[start..Math.Min(samples.Length, extent.End + PadSamples)].ToArray();
        var gainDb = Math.Min(
            TargetDb - LevelReport.Of(prepared).SpeechDb, HighestPeakDb - Level.ToDecibels(Level.Peak(prepared)));
        var gain = (float)Level.FromDecibels(gainDb);
        for (var i = 0; i < prepared.Length; i++)
        {
            prepared[i] *= gain;
        }

        return prepared;
    }

    /// <summary>Writes a voice.</summary>
    /// <param name="pack">Everything but the prompt.</param>
    /// <param name="samples">24 kHz mono, as <see cref="Prepare"/> returns.</param>
    /// <param name="transcript">Exactly what is said.</param>
    /// <param name="replace">True replaces a voice of that name.</param>
    /// <returns>The voice as it can be used.</returns>
    /// <exception cref="VoicePackException">The name is taken or impossible, or the disk refuses; nothing is left behind.</exception>
    public VoicePack Write(VoicePack pack, ReadOnlySpan<float> samples, string transcript, bool replace)
    {
        ArgumentNullException.ThrowIfNull(pack);
        pack = pack with { Prompt = [new VoicePrompt("prompt.wav", transcript)] };
        var target = Path.Combine(library.Folder, pack.Name);
        var text = VoicePackFile.Format(pack);
        _ = VoicePackFile.Parse(text, Path.Combine(target, VoicePackFile.ManifestName));
        if (Directory.Exists(target) && !replace)
        {
            throw new VoicePackException($"There is a voice '{pack.Name}' already. Choose another name, or replace it with --replace.");
        }

        var draft = Path.Combine(library.Folder, $".{pack.Name}.{Guid.NewGuid():N}");
        var old = draft + ".old";
        try
        {
            Directory.CreateDirectory(draft);
            WavFile.Write(Path.Combine(draft, "prompt.wav"), samples, AudioFormat.SampleRateHz, 1);
            File.WriteAllText(Path.Combine(draft, VoicePackFile.ManifestName), text);
            if (Directory.Exists(target))
            {
                Directory.Move(target, old);
            }

            Directory.Move(draft, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or AudioFileException)
        {
            if (Directory.Exists(old) && !Directory.Exists(target))
            {
                Directory.Move(old, target);
            }

            throw new VoicePackException($"The voice '{pack.Name}' cannot be written to {library.Folder}: {e.Message}", e);
        }
        finally
        {
            Delete(draft);
            if (Directory.Exists(target))
            {
                Delete(old);
            }
        }

        return VoicePackFile.Read(target);
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
