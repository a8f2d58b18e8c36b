// A bot on a recorded line: each WAV file is a caller. It greets, listens, answers and hangs up; the call is written
// as stereo, caller left, bot right.    dotnet run -- call.wav [another.wav …]
using CsmAgent.Audio;
using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Reply;
using CsmAgent.Engines.Hosting;
using Microsoft.Extensions.DependencyInjection;

if (args.Length == 0)
{
    Console.Error.WriteLine("Give one WAV file or more: what the callers say.");
    return 2;
}

await using var services = new ServiceCollection().AddCsmAgent(options => options.Voice = "clear").BuildServiceProvider();
var voice = services.GetRequiredService<ISpeechSynthesizer>();
await using var ear = await services.GetRequiredService<ISpeechRecognizer>().OpenAsync(CancellationToken.None);
foreach (var file in args)
{
    var caller = WavFile.Read(file).ToHouseFormat();
    using var call = new StereoRecorder(Path.GetFileNameWithoutExtension(file) + ".call.wav");
    await SayAsync("Good day. How can I help you?");

    await ear.StartAsync(CancellationToken.None);
    for (var at = 0; at < caller.Length; at += AudioFormat.FrameSamples)
    {
        var heard = caller.AsMemory(at, Math.Min(AudioFormat.FrameSamples, caller.Length - at));
        await ear.AcceptAsync(heard, CancellationToken.None);
        call.Write(heard.Span, new float[heard.Length]);
    }

    var words = (await ear.FinishAsync(CancellationToken.None)).Text;
    Console.WriteLine($"{file}: \"{words}\"");
    await SayAsync(words.Length == 0
        ? "I am sorry, I could not hear you. Please call again."
        : $"I have written down: {words}. Thank you for your call. Goodbye.");

    async Task SayAsync(string text)
    {
        await foreach (var frame in voice.SpeakAsync(Once(text)))
        {
            call.Write(new float[frame.Samples.Length], frame.Samples.Span);
        }
    }
}

return 0;

static async IAsyncEnumerable<string> Once(string text)
{
    await Task.Yield();
    yield return text;
}
