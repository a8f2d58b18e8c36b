using System.Text;
using CsmAgent.Audio.Files;

namespace CsmAgent.Training.Tests;

/// <summary>A corpus folder of a few tones in place of speech, made on the spot: three "phones", two "voices".</summary>
internal sealed class ToneCorpus : IDisposable
{
    public const int ItemFrames = 12;
    private static readonly (char Letter, double Hertz)[] Phones = [('a', 300), ('i', 900), ('u', 1_700)];
    private readonly StringBuilder _index = new("file\tstart\tsamples\tvoice\ttext\tphones\n");

    public ToneCorpus(int itemsPerVoice = 12)
    {
        Folder = Directory.CreateTempSubdirectory("tones-").FullName;
        foreach (var (voice, octave) in new[] { ("low", 1.0), ("high", 2.0) })
        {
            var random = new Random(7);
            var samples = new List<float>();
            for (var item = 0; item < itemsPerVoice; item++)
            {
                var (text, phones, audio) = Say(random, octave);
                _index.AppendLine($"{voice}.wav\t{samples.Count}\t{audio.Length}\t{voice}\t{text}\t{phones}");
                samples.AddRange(audio);
            }

            WavFile.Write(Path.Combine(Folder, voice + ".wav"), [.. samples], 24_000);
        }

        Write();
    }

    public string Folder { get; }

    public void Add(string line) => _index.AppendLine(line);

    public void Write() => File.WriteAllText(Path.Combine(Folder, "index.tsv"), _index.ToString());

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static (string Text, string Phones, float[] Audio) Say(Random random, double octave)
    {
        var audio = new float[ItemFrames * 1_920];
        var text = new StringBuilder();
        var phones = new StringBuilder("_2");
        var at = 2 * 480;
        while (at + (6 * 480) <= audio.Length - 960)
        {
            var (letter, hertz) = Phones[random.Next(Phones.Length)];
            for (var i = 0; i < 6 * 480; i++)
            {
                audio[at + i] = 0.2f * (float)Math.Sin(2 * Math.PI * hertz * octave * i / 24_000);
            }

            text.Append(letter);
            phones.Append($" {letter}6");
            at += 6 * 480;
        }

        return (text.ToString(), phones.ToString(), audio);
    }
}
