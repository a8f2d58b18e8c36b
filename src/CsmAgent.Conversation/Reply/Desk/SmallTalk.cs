using System.Text.RegularExpressions;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>Answers to chat, by what it is about.</summary>
internal static partial class SmallTalk
{
    private static readonly (string Subject, Regex About, string[] Answers)[] Topics =
    [
        ("weather", WeatherWords(), ["I cannot look out of the window, but I hope it stays just as you like it.", "I have no window here, so tell me: is it good weather for a walk?"]),
        ("bad", BadWords(), ["I am sorry to hear that. Do you want to tell me about it, or shall I tell you a joke?", "That sounds hard. I hope the rest of it goes better."]),
        ("good", GoodWords(), ["That is lovely to hear.", "I am glad. Long may it last."]),
        ("like", LikeWords(), ["I like listening to it, as far as a desk assistant can. What do you like about it?", "I think I would, if I could try it. And you?"]),
        ("how", HowWords(), ["I am doing well, thank you. How are you?", "All is quiet here at the desk. And with you?"]),
        ("meet", MeetWords(), ["Nice to meet you too.", "The pleasure is mine."]),
        ("you", YouWords(), ["Thank you for saying so.", "I do my best."]),
    ];

    public static string Answer(string normalized, DeskMemory memory)
    {
        foreach (var (subject, about, answers) in Topics)
        {
            if (about.IsMatch(normalized))
            {
                return memory.Next("talk " + subject, answers);
            }
        }

        return memory.Next("talk", ["I see. Tell me more.", "That is interesting. What else is on your mind?", "I am listening."]);
    }

    [GeneratedRegex(@"\b(?:weather|raining|snowing|sunny|windy|cloudy|foggy|rainy)\b")]
    private static partial Regex WeatherWords();

    [GeneratedRegex(@"\b(?:terrible|horrible|awful|bad|hard|long|tired|sad|bored|lonely|sick|ill|nervous|angry|worried|stressed|depressed|headache|hate|miss)\b")]
    private static partial Regex BadWords();

    [GeneratedRegex(@"\b(?:had|day|night|week|am|feel)\b.*\b(?:good|great|wonderful|nice|lovely|happy|excited|glad)\b|\b(?:good|great|wonderful|nice) (?:day|night|week)\b|\bi love\b")]
    private static partial Regex GoodWords();

    [GeneratedRegex(@"\byou (?:\w+ )?(?:like|love|enjoy|prefer|hate)\b|\bfavou?rite\b|\bthink about\b")]
    private static partial Regex LikeWords();

    [GeneratedRegex(@"\bhow\b|\bwhat is (?:up|new)\b|\bare you\b|\bare you doing\b")]
    private static partial Regex HowWords();

    [GeneratedRegex(@"\bto (?:meet|see) you\b")]
    private static partial Regex MeetWords();

    [GeneratedRegex(@"\byou are\b")]
    private static partial Regex YouWords();
}
