// A console chatbot given a voice: type a line, hear the answer while it is still being written.
using CsmAgent.Audio.Devices.PortAudio;
using CsmAgent.Audio.Playback;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Reply;
using CsmAgent.Engines.Hosting;
using Microsoft.Extensions.DependencyInjection;

await using var services = new ServiceCollection().AddCsmAgent(options => options.Voice = "warm").BuildServiceProvider();
var voice = services.GetRequiredService<ISpeechSynthesizer>();
await using var loudspeaker = new Loudspeaker(PortAudioDevice.Open());
while (Console.ReadLine() is { } line)
{
    await foreach (var frame in voice.SpeakAsync(ReplyAsync(line)))
    {
        await loudspeaker.WriteAsync(frame.Samples);
    }

    await loudspeaker.FinishAsync();
}

// Any source of text will do; a language model's tokens most of all.
static async IAsyncEnumerable<string> ReplyAsync(string line)
{
    foreach (var word in $"You said: {line}. That has {line.Split(' ').Length} words.".Split(' '))
    {
        Console.Write(word + " ");
        await Task.Delay(30);
        yield return word + " ";
    }

    Console.WriteLine();
}
