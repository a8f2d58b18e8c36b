using System.Globalization;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Turns.Interruption;

/// <summary>Decides what speech over the agent's voice means: by its words, by how near it is spoken, and by its length.
/// The agent is silent while this is weighed, so a decision may take its time; only clear ones are made before the end.</summary>
/// <remarks>The margins were found on the scenes of <c>bench overlap</c>, seed 1, and are reported on other seeds. How dull a voice is
/// was tried as evidence of a head turned away and told nothing: recordings differ more than heads do.</remarks>
internal sealed class InterruptionJudge
{
    // How near a voice must be for its words to count, the user's own level being 0: the more they ask of the agent, the softer.
    private const double AskedDb = -8.5;
    private const double PersonalDb = -7.5;
    private const double CallDb = -4;
    private const double AnybodyDb = -1;
    private const double BystanderDb = -10.5;

    // Across a room the gaps between syllables fill up. Near voices have gaps of 10 dB and more once a second of them was heard.
    private const double EvenGapsDb = -9;
    private const double GapsWeight = 2;
    private const double MostForGapsDb = 6;
    private const int GapsMs = 1000;

    // Below this recognisers write a random word or two for "uh huh"; a question can be as short.
    private const int MurmurMs = 620;
    private const int QuestionMs = 400;
    private const int StopMs = 200;

    // The agent is silent while it waits, so only what is clear is decided before the end: speech begins louder than it ends, and
    // recognisers change their minds about first words.
    private const int EarlyWords = 3;
    private const int EarlyMs = 700;
    private const int EarlyStopWords = 2;
    private const int BystanderMs = 400;

    private readonly AddressedWords _words;

    public InterruptionJudge(IEnumerable<string> backchannels) => _words = new AddressedWords(backchannels);

    /// <summary>How near the voice is, in dB: 0 as the user usually speaks to the agent, less from further away.</summary>
    public static double Nearness(VoiceSound? sound) => sound is not { } s ? 0
        : s.LevelDb - (s.ActiveMs < GapsMs ? 0 : Math.Clamp(GapsWeight * (s.GapsDb - EvenGapsDb), 0, MostForGapsDb));

    /// <summary>May the voice be the user's, speaking to the agent?</summary>
    public static bool IsNear(VoiceSound? sound) => Nearness(sound) >= AskedDb;

    /// <summary>Is it so short that recognisers write any word for it?</summary>
    public static bool IsMurmur(int activeMs) => activeMs < MurmurMs;

    /// <summary>Is somebody speaking who is certainly not the user?</summary>
    public static bool IsBystander(VoiceSound? sound) => sound is { ActiveMs: >= BystanderMs } && Nearness(sound) < BystanderDb;

    /// <summary>Judges the text so far.</summary>
    /// <param name="text">What was recognised.</param>
    /// <param name="isFinal">True when no more will come.</param>
    /// <param name="activeMs">How much speech there was.</param>
    /// <param name="sound">How the voice sounds; null where the ear cannot tell: then it counts as the user's.</param>
    public Judgement Judge(string text, bool isFinal, int activeMs, VoiceSound? sound)
    {
        var words = SpokenWords.Split(text);
        var addressee = _words.Judge(words);
        var nearness = Nearness(sound);
        var isClear = isFinal || (words.Length >= EarlyWords && activeMs >= EarlyMs);
        switch (addressee)
        {
            case Addressee.Stop when nearness >= AskedDb && activeMs >= StopMs && (isFinal || words.Length >= EarlyStopWords):
                return new(Verdict.Interrupts, addressee, $"the user said '{text}'");
            case Addressee.Call when nearness >= CallDb && isFinal && activeMs >= StopMs:
                return new(Verdict.Interrupts, addressee, $"the user called '{text}'");
            case Addressee.Request when nearness >= AskedDb && isClear && activeMs >= QuestionMs:
                return new(Verdict.Interrupts, addressee, $"the user asked '{text}'");
            case Addressee.Personal when nearness >= PersonalDb && isFinal && activeMs >= MurmurMs:
                return new(Verdict.Interrupts, addressee, $"the user said '{text}'");
            case Addressee.Anybody when nearness >= AnybodyDb && isFinal && activeMs >= MurmurMs:
                return new(Verdict.Interrupts, addressee, $"the user said '{text}' close by");
            case Addressee.Nothing when isFinal:
                return new(Verdict.Backchannel, addressee, words.Length == 0 ? "no words were heard" : $"'{text}' means nothing");
            case Addressee.Listener:
                return new(Verdict.Backchannel, addressee, $"'{text}' wants nothing");
            case not Addressee.Nothing when isFinal:
                return new(
                    Verdict.Elsewhere,
                    addressee,
                    string.Create(CultureInfo.InvariantCulture, $"'{text}' was not said to the agent ({nearness:0} dB from the user's own level, {activeMs} ms)"));
            default:
                return new(Verdict.Undecided, addressee, "");
        }
    }
}
