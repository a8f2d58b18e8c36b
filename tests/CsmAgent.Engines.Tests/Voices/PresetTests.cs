using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Speaking.Flite;
using CsmAgent.Engines.Voices;
using CsmAgent.TestSupport;

namespace CsmAgent.Engines.Tests.Voices;

/// <summary>The ten presets, measured: as the stand-in speaks them, and as the recordings that a trained model imitates.</summary>
[Trait("Category", "Native")]
public sealed class PresetTests
{
    private const int LargestPromptBytes = 300_000;
    private const string Text = "Good morning. The weather is clear today, and the first train leaves at seven. Please tell me when you are ready to begin.";

    private static readonly VoiceLibrary Library = new(Path.Combine(Fixtures.Repository, "voices"));
    private static readonly Lazy<Task<Dictionary<string, PresetClaims.Measured>>> Spoken = new(SpeakAsync);
    private static readonly Lazy<Dictionary<string, PresetClaims.Measured>> Prompts = new(() => PresetClaims.Names.ToDictionary(name => name, Prompt));

    [Fact]
    public async Task Every_pair_of_presets_differs_in_something_one_can_hear() => PresetClaims.EveryPairDiffers(await Spoken.Value);

    [Fact]
    public async Task Each_preset_differs_from_neutral_as_its_name_says() => PresetClaims.NamesAreTrue(await Spoken.Value);

    [Fact]
    public void Every_pair_of_prompts_differs_in_something_one_can_hear() => PresetClaims.EveryPairDiffers(Prompts.Value);

    [Fact]
    public void Each_prompt_differs_from_neutrals_as_its_presets_name_says() => PresetClaims.NamesAreTrue(Prompts.Value);

    [Fact]
    public void A_prompt_fits_any_model_with_room_to_talk() => Assert.All(PresetClaims.Names.Select(Library.Find), pack =>
    {
        var segment = Assert.Single(pack.Segments);
        Assert.Null(pack.BaseModel);
        // A small model was trained on four speaker ids; a prompt says whose voice it is, so one id does for all.
        Assert.Equal(0, pack.Speaker);
        Assert.InRange(new FileInfo(Path.Combine(pack.Folder, segment.Audio)).Length, 1, LargestPromptBytes);
        Assert.DoesNotContain(RecordingCheck.Of(VoicePackFile.ReadAudio(pack, segment), segment.Transcript), finding => finding.Severity != FindingSeverity.Advice);
    });

    // What a model that imitates the prompt gives, once the pack's tone is put on it.
    private static PresetClaims.Measured Prompt(string name)
    {
        var pack = Library.Find(name);
        var samples = VoicePackFile.ReadAudio(pack, pack.Segments[0]);
        new VoiceShaper(pack.Tone).Process(samples);
        return PresetClaims.Measured.Of(samples, pack.Segments[0].Transcript);
    }

    private static async Task<Dictionary<string, PresetClaims.Measured>> SpeakAsync()
    {
        var flite = new FliteSynthesizer("slt", new NoCodec(), Library);
        var all = new Dictionary<string, PresetClaims.Measured>();
        foreach (var name in PresetClaims.Names)
        {
            await using var session = await flite.OpenAsync(name, CancellationToken.None);
            var samples = new List<float>();
            await foreach (var frame in session.SpeakAsync(new SpeechRequest(1, Text, 0, 1_000), CancellationToken.None))
            {
                samples.AddRange(frame.Samples.Span);
            }

            all[name] = PresetClaims.Measured.Of(samples.ToArray(), Text);
        }

        return all;
    }
}
