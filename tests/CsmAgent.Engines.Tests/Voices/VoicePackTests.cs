using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Voices;
using CsmAgent.TestSupport;
using FsCheck.Xunit;

namespace CsmAgent.Engines.Tests.Voices;

public sealed class VoicePackTests : IDisposable
{
    private const string Valid =
        """{"name":"ada","description":"A test.","licence":"MIT","consent":{"speaker":"Ada","statement":"Yes."},"prompt":[{"audio":"prompt.wav","transcript":"Hello."}]}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("voices-ü ").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_ten_presets_are_valid_packs()
    {
        var library = new VoiceLibrary(Path.Combine(Fixtures.Repository, "voices"));

        string[] presets = ["authoritative", "bright", "calm", "clear", "deep", "energetic", "neutral", "resonant", "soft", "warm"];

        Assert.All(presets, name => Assert.NotNull(library.Find(name).Bootstrap));
    }

    [Fact]
    public void A_pack_reads_back_what_was_written()
    {
        var pack = new VoicePack(
            "ada", "Ein Test: Grüße.", "CC0", new VoiceConsent("Ada", "I agree.", new DateOnly(2026, 11, 23)), 3, "csm-1b",
            [new VoicePrompt("prompt.wav", "Hello.")], new VoiceSampling(0.7f, 30), new VoiceTone(-2, 3), new BootstrapVoice("rms", 1.1, 120, 9));

        var read = VoicePackFile.Parse(VoicePackFile.Format(pack), "/x/ada/voice.json");

        Assert.Equal(VoicePackFile.Format(pack), VoicePackFile.Format(read));
        Assert.Contains("Grüße", VoicePackFile.Format(pack), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"name\":\"ada\"", "\"name\":\"../ada\"", "name '../ada'")]
    [InlineData("\"name\":\"ada\"", "\"name\":\"eve\"", "in a folder called 'ada'")]
    [InlineData("prompt.wav", "../../secret.wav", "plain file name")]
    [InlineData("prompt.wav", "/etc/secret.wav", "plain file name")]
    [InlineData("prompt.wav", "c:\\\\x.wav", "plain file name")]
    [InlineData("prompt.wav", "prompt.exe", "plain file name")]
    [InlineData("\"transcript\":\"Hello.\"", "\"transcript\":\"\"", "prompt[0].transcript")]
    [InlineData("\"licence\":\"MIT\"", "\"licence\":\" \"", "licence: expected 1 to 2000 characters")]
    [InlineData("\"licence\":\"MIT\"", "\"licence\":\"MIT\",\"speaker\":99", "speaker 99: expected 0 to 9")]
    [InlineData("\"licence\":\"MIT\"", "\"licence\":\"MIT\",\"run\":\"rm\"", "'run'")]
    [InlineData("\"licence\":\"MIT\"", "\"licence\":\"MIT\",\"licence\":\"GPL\"", "licence")]
    [InlineData("\"licence\":\"MIT\",", "", "licence")]
    [InlineData("\"licence\":\"MIT\"", "\"licence\":\"MIT\",\"bootstrap\":{\"rate\":1e9}", "bootstrap.rate is 1000000000; allowed are 0.5 to 2")]
    [InlineData("\"licence\":\"MIT\"", "\"licence\":\"MIT\",\"sampling\":{\"topK\":0}", "sampling.topK is 0; allowed are 1 to 2051")]
    [InlineData("\"licence\":\"MIT\"", "\"licence\":\"MIT\",\"bootstrap\":{\"voice\":\"x; rm -rf\"}", "bootstrap.voice")]
    public void A_manifest_that_is_wrong_says_which_field(string from, string to, string expected)
    {
        var error = Assert.Throws<VoicePackException>(() => VoicePackFile.Parse(Valid.Replace(from, to, StringComparison.Ordinal), "/x/ada/voice.json"));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("/x/ada/voice.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Damaged_manifests_are_voices_or_lists_of_faults() => Fuzz.Run(
        System.Text.Encoding.UTF8.GetBytes(Valid), 1 << 20,
        damaged => VoicePackFile.Parse(System.Text.Encoding.UTF8.GetString(damaged), "/x/ada/voice.json"), refusal => refusal is VoicePackException);

    [Fact]
    public void A_huge_manifest_is_not_read()
    {
        WriteManifest(Valid + new string(' ', VoicePackFile.MaxManifestBytes));

        Assert.Contains("at most 65536", Assert.Throws<VoicePackException>(() => VoicePackFile.Read(Path.Combine(_folder, "ada"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_nested_without_end_is_refused() =>
        Assert.Throws<VoicePackException>(() => VoicePackFile.Parse(new string('[', 50_000), "/x/ada/voice.json"));

    [Fact]
    public void Links_out_of_the_folder_are_refused()
    {
        WriteManifest(Valid);
        var secret = Path.Combine(_folder, "secret.wav");
        WavFile.Write(secret, new float[2_400]);
        File.CreateSymbolicLink(Path.Combine(_folder, "ada", "prompt.wav"), secret);
        var pack = VoicePackFile.Read(Path.Combine(_folder, "ada"));

        Assert.Contains("is a link", Assert.Throws<VoicePackException>(() => VoicePackFile.ReadAudio(pack, pack.Segments[0])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recording_too_large_is_not_read()
    {
        WriteManifest(Valid);
        using (var file = File.Create(Path.Combine(_folder, "ada", "prompt.wav")))
        {
            file.SetLength(VoicePackFile.MaxAudioBytes + 1L);
        }

        var pack = VoicePackFile.Read(Path.Combine(_folder, "ada"));

        Assert.Contains("at most 24000000", Assert.Throws<VoicePackException>(() => VoicePackFile.ReadAudio(pack, pack.Segments[0])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_that_is_no_wav_says_so()
    {
        WriteManifest(Valid);
        File.WriteAllText(Path.Combine(_folder, "ada", "prompt.wav"), "RIFFxxxxWAVEfmt ");
        var pack = VoicePackFile.Read(Path.Combine(_folder, "ada"));

        Assert.Contains("'ada': prompt.wav cannot be read", Assert.Throws<VoicePackException>(() => VoicePackFile.ReadAudio(pack, pack.Segments[0])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("adda", "Did you mean ada?")]
    [InlineData("../ada", "There is: ada.")]
    [InlineData("zebra", "There is: ada.")]
    public void An_unknown_voice_offers_what_there_is(string name, string hint)
    {
        WriteManifest(Valid);

        Assert.Contains(hint, Assert.Throws<VoicePackException>(() => new VoiceLibrary(_folder).Find(name)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pack_for_another_model_says_for_which()
    {
        var pack = VoicePackFile.Parse(Valid.Replace("\"licence\"", "\"baseModel\":\"csm-1b\",\"licence\"", StringComparison.Ordinal), "/x/ada/voice.json");

        pack.RequireModel("CSM-1B");
        Assert.Contains("made for the model csm-1b, not for desk", Assert.Throws<EngineException>(() => pack.RequireModel("desk")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Removing_takes_only_what_is_the_voices()
    {
        WriteManifest(Valid);
        var folder = Path.Combine(_folder, "ada");
        File.WriteAllText(Path.Combine(folder, "prompt.wav"), "x");
        File.WriteAllText(Path.Combine(folder, "notes.txt"), "mine");
        var library = new VoiceLibrary(_folder);

        Assert.Equal([Path.Combine(folder, "notes.txt")], library.Remove("ada"));
        Assert.Empty(library.Names);
        Assert.True(File.Exists(Path.Combine(folder, "notes.txt")));
    }

    [Property(MaxTest = 500)]
    public bool Noise_is_refused_with_a_message(byte[] noise, int at)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(Valid);
        for (var i = 0; i < noise.Length; i++)
        {
            bytes[(int)((uint)(at + (i * 37)) % bytes.Length)] = noise[i];
        }

        try
        {
            return VoicePackFile.Parse(System.Text.Encoding.UTF8.GetString(bytes), "/x/ada/voice.json").Name == "ada";
        }
        catch (VoicePackException)
        {
            return true;
        }
    }

    private void WriteManifest(string json)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "ada"));
        File.WriteAllText(Path.Combine(_folder, "ada", "voice.json"), json);
    }
}
