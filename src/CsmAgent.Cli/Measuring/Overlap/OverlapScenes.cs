using CsmAgent.Audio;
using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Files;
using CsmAgent.Audio.Measurement;

namespace CsmAgent.Cli.Measuring.Overlap;

/// <summary>Makes the scenes: every situation equally often, its recordings, levels and moments in a seeded order.</summary>
internal sealed class OverlapScenes
{
    /// <summary>The user's usual active level at the microphone in dBFS.</summary>
    public const double UserDb = -26;

    private const double LongestSeconds = 4.5;
    private const double LevelSpreadDb = 1.5;

    // What people say when they take the floor, desk requests and anything else; thanks and greetings would leave open whether they do.
    private static readonly HashSet<string> Interrupting =
    [
        "interrupt", "time", "date", "timer", "arithmetic", "joke", "name-get", "reminder-get", "repeat", "pace", "recall", "help", "identity",
        "reminder-set", "name-set", "note", "open", "small-talk",
    ];

    // Read sentences; the requests and commands among the recordings could as well be meant for the agent.
    private static readonly string[] Sentences =
        ["harvard-a1", "harvard-a2", "harvard-a4", "harvard-a5", "harvard-a6", "austen-0880", "austen-0930", "lj-0002", "lj-0008", "libri-1688-0008", "libri-1688-0009", "libri-3331-0007"];

    private static readonly string[] Elsewhere =
        ["speech/passage-1688", "speech/phone-dialogue", "speech/jfk", "speech/libri-103-0000", "speech/noise-typing", "speech/noise-office", "speech/noise-music", "voice-activity/scene-5db", "voice-activity/scene-10db", "voice-activity/scene-20db"];

    private static readonly double[] Moments = [1, 2.5, 4.5];
    private static readonly double[] Echoes = [-18, -12, -8];

    private readonly string _turns;
    private readonly string _fixtures;
    private readonly Random _random;
    private readonly Dictionary<string, float[]> _read = [];

    private OverlapScenes(string turns, string fixtures, int seed) => (_turns, _fixtures, _random) = (turns, fixtures, new Random(seed));

    /// <summary>Makes scenes; the same seed makes the same ones, and fewer are the first of more.</summary>
    /// <param name="turns"><c>voices/desk-turns</c>.</param>
    /// <param name="fixtures"><c>tests/fixtures</c>.</param>
    /// <param name="seed">Of order and rooms.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <exception cref="CliException">The recordings are not there.</exception>
    public static IEnumerable<OverlapScene> Make(string turns, string fixtures, int seed, int count)
    {
        foreach (var needed in (string[])[Path.Combine(turns, "manifest.tsv"), Path.Combine(fixtures, "speech", "manifest.tsv"), Path.Combine(fixtures, "voice-activity", "labels.tsv")])
        {
            if (!File.Exists(needed))
            {
                throw new CliException(ExitCode.Missing, $"The scenes need {needed}; run from a checkout of the repository.");
            }
        }

        return new OverlapScenes(turns, fixtures, seed).Make(count);
    }

    private IEnumerable<OverlapScene> Make(int count)
    {
        var rows = File.ReadLines(Path.Combine(_turns, "manifest.tsv")).Skip(1).Select(line => line.Split('\t')).ToArray();
        var kinds = new[]
        {
            new Kind(OverlapSituation.Interruption, Shuffled(rows.Where(row => Interrupting.Contains(row[1])).Select(row => row[0])), [-6, 0, 6]),
            new Kind(OverlapSituation.Backchannel, Shuffled(rows.Where(row => row[1] == "backchannel").Select(row => row[0])), [-12, -6, 0]),
            new Kind(OverlapSituation.SideTalk, Shuffled(Sentences.Select(name => $"speech/{name}.wav")), [-4, -8, -12]),
            new Kind(OverlapSituation.Background, Shuffled(Elsewhere.Select(name => name + ".wav")), [-10, -16, -22]),
        };
        for (var number = 0; number < count; number++)
        {
            var kind = kinds[number % kinds.Length];
            var round = number / kinds.Length;
            var source = kind.Sources[round % kind.Sources.Length];

            // Strides without common factors: every recording meets every level and every moment.
            var level = kind.Levels[(round + (round / kind.Sources.Length)) % kind.Levels.Length];
            var moment = Moments[(round / kind.Levels.Length + round) % Moments.Length];
            var seed = _random.Next();

            // Nobody speaks in steps of 4 dB, and no rule should be able to learn them.
            var loudness = level + ((2 * new Random(seed).NextDouble()) - 1) * LevelSpreadDb;
            yield return new OverlapScene(
                number, kind.Situation, source, loudness, moment, Echoes[seed % Echoes.Length], seed, Sound(kind.Situation, source, loudness, seed));
        }
    }

    private float[] Sound(OverlapSituation situation, string source, double levelDb, int seed)
    {
        if (!_read.TryGetValue(source, out var whole))
        {
            var folder = situation is OverlapSituation.Interruption or OverlapSituation.Backchannel ? _turns : _fixtures;
            _read[source] = whole = WavFile.Read(Path.Combine(folder, source)).ToHouseFormat();
        }

        var length = Math.Min(whole.Length, (int)(LongestSeconds * AudioFormat.SampleRateHz));
        var from = situation == OverlapSituation.Background ? new Random(seed).Next(whole.Length - length + 1) : 0;
        var sound = whole[from..(from + length)];
        sound = situation switch
        {
            OverlapSituation.SideTalk => TurnedAway(sound),
            OverlapSituation.Background => FarAway(sound, seed),
            _ => sound,
        };
        var gain = SpeechLevel.GainTo(sound, UserDb + levelDb);
        var edge = Math.Min(sound.Length / 2, AudioFormat.SampleRateHz / 50);
        for (var i = 0; i < sound.Length; i++)
        {
            sound[i] *= gain * Math.Min(1f, Math.Min(i, sound.Length - 1 - i) / (float)edge);
        }

        return sound;
    }

    // A head that looks away shadows its own high notes: one pole at 1.5 kHz, 12 dB down at 6 kHz.
    private static float[] TurnedAway(float[] sound)
    {
        var pole = (float)Math.Exp(-2 * Math.PI * 1_500 / AudioFormat.SampleRateHz);
        var last = 0f;
        return [.. sound.Select(sample => last = (pole * last) + ((1 - pole) * sample))];
    }

    // Across the room the reverberation is louder than the direct sound: RT60 0.5 s, the tail 6 dB over the direct path.
    private static float[] FarAway(float[] sound, int seed)
    {
        const int Block = AudioPort.DefaultBlockSamples;
        var random = new Random(seed);
        var response = new float[AudioFormat.SampleRateHz / 2];
        var energy = 0.0;
        for (var i = 1; i < response.Length; i++)
        {
            response[i] = (float)((random.NextDouble() - 0.5) * Math.Pow(10, -3.0 * i / response.Length));
            energy += response[i] * response[i];
        }

        response[0] = (float)Math.Sqrt(energy / 4);
        var room = new SimulatedRoom(response, double.NegativeInfinity, seed, Block);
        var far = new float[(sound.Length + Block - 1) / Block * Block];
        sound.CopyTo(far, 0);
        var near = new float[Block];
        for (var at = 0; at < far.Length; at += Block)
        {
            near.AsSpan().Clear();
            room.Process(near, far.AsSpan(at, Block));
            near.CopyTo(far, at);
        }

        return far;
    }

    private string[] Shuffled(IEnumerable<string> names)
    {
        string[] all = [.. names];
        _random.Shuffle(all);
        return all;
    }

    private sealed record Kind(OverlapSituation Situation, string[] Sources, double[] Levels);
}
