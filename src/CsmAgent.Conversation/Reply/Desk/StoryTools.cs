using System.ComponentModel;
using Microsoft.SemanticKernel;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>Stories and jokes.</summary>
/// <param name="memory">Remembers which were told.</param>
public sealed class StoryTools(DeskMemory memory)
{
    private static readonly (string Subjects, string Text)[] Stories =
    [
        ("robot machine computer clock clockmaker", "There was once a small robot who swept the floor of a train station. Every night, when the last train had gone, it found one lost thing: a glove, a ticket, a toy. It kept them all on a shelf. One winter evening a girl came back, crying for her bear. The robot rolled to its shelf and held the bear up high. From that day on, people did not say lost and found. They said, ask the robot."),
        ("lighthouse sea pirate ship boat bird", "An old man kept a lighthouse that no ship needed any more. Still he lit it, every evening. One night a storm took all the power from the town, and every boat in the bay was blind. Then they saw it: one warm light, turning. All of them came home. In the morning, nobody said a word about closing the lighthouse again."),
        ("dog cat mouse bear animal", "A dog waited every day at the same bus stop, because once, years ago, somebody had told it to wait. The bus driver saw it in rain and snow. One morning she opened the door and said, come on, then. The dog thought about it for a long time. Then it climbed in, and sat in the first seat, and it has been the best passenger of that line ever since."),
        ("garden tree flower princess queen king", "A queen had a garden in which nothing would grow. She sent for gardeners from everywhere, and they dug and watered in vain. Then a child asked, have you ever sat down in it? So the queen sat down, and for the first time she was quiet. After an hour a bird came and dropped a seed. That was the beginning of the forest."),
        ("moon space star boy girl", "A boy wrote a letter to the moon and tied it to a balloon. The next evening the moon was a little thinner. It is reading, he thought. Night after night it grew smaller, until it was gone, and he was afraid he had written too much. But then it came back, a thin bright smile at first. And that, he said, was the answer."),
    ];

    private static readonly string[] Jokes =
    [
        "Why did the clock go to the doctor? Because it had a lot of ticks.",
        "I told my computer I needed a break. It said, no problem, I will go to sleep.",
        "What do you call a bear with no teeth? A gummy bear.",
        "Why do birds fly south in winter? Because it is too far to walk.",
        "I used to be afraid of elevators, but I am taking steps to avoid them.",
        "Why was the robot so tired? It had a hard drive.",
    ];

    /// <summary>Tells a story.</summary>
    [KernelFunction("tell_story"), Description("Tells a short story, about a subject if there is one.")]
    public string TellStory([Description("What it should be about; empty for any.")] string subject = "")
    {
        ArgumentNullException.ThrowIfNull(subject);
        var words = subject.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var fitting = Array.FindAll(Stories, story => words.Any(word => story.Subjects.Split(' ').Contains(word.TrimEnd('s'))));
        return memory.Next("story " + string.Join(' ', words.Where(_ => fitting.Length > 0)), [.. (fitting.Length > 0 ? fitting : Stories).Select(story => story.Text)]);
    }

    /// <summary>Tells a joke.</summary>
    [KernelFunction("tell_joke"), Description("Tells a short joke.")]
    public string TellJoke() => memory.Next("joke", Jokes);
}
