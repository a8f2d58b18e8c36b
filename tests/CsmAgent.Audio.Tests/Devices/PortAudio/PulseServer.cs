using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace CsmAgent.Audio.Tests.Devices.PortAudio;

/// <summary>A PulseAudio server of our own, with one loudspeaker that leads nowhere and its monitor as the microphone,
/// on a private socket; ALSA's default device leads to it and to nothing else.</summary>
public sealed partial class PulseServer : IDisposable
{
    private const string Speaker = "module-null-sink sink_name=csm_speaker rate=48000 channels=2";
    private const string Install = "Install pulseaudio and libasound2-plugins (scripts/setup does) to test PortAudio for real.";
    private readonly string _folder = Directory.CreateTempSubdirectory("csm-pulse-").FullName;
    private Process _server;

    public PulseServer()
    {
        if (Missing() is { } missing)
        {
            throw new InvalidOperationException(missing);
        }

        _server = StartServer();

        // libasound reads the C environment, which .NET's own variables do not reach.
        var config = Path.Combine(_folder, "asound.conf");
        File.WriteAllText(config, $$"""
            pcm.!default {
                type asym
                playback.pcm { type pulse server "unix:{{NativeSocket}}" device "csm_speaker" }
                capture.pcm { type pulse server "unix:{{NativeSocket}}" device "csm_speaker.monitor" }
                hint { show on description "csm loopback" }
            }
            """);
        Assert.Equal(0, setenv("ALSA_CONFIG_PATH", config, 1));
        Assert.Equal(0, setenv("PULSE_RUNTIME_PATH", _folder, 1));
        Assert.Equal(0, setenv("HOME", _folder, 1));
        Assert.Equal(0, setenv("PULSE_COOKIE", Path.Combine(_folder, "cookie"), 1));
    }

    private string CommandSocket => Path.Combine(_folder, "commands");

    private string NativeSocket => Path.Combine(_folder, "native");

    /// <summary>What this machine lacks; null when nothing.</summary>
    public static string? Missing()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "PulseAudio is tested on Linux only.";
        }

        var programs = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':');
        if (!programs.Any(folder => File.Exists(Path.Combine(folder, "pulseaudio"))))
        {
            return $"There is no pulseaudio. {Install}";
        }

        var architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
        var plugins = new[] { $"/usr/lib/{architecture}/alsa-lib", "/usr/lib64/alsa-lib", "/usr/lib/alsa-lib" };
        return plugins.Any(folder => File.Exists(Path.Combine(folder, "libasound_module_pcm_pulse.so")))
            ? null
            : $"ALSA has no pulse plugin. {Install}";
    }

    /// <summary>Pulls the loudspeaker, and with it the microphone, out of the running server.</summary>
    public void Unplug() => Command("unload-module module-null-sink", sinksAfter: 0);

    /// <summary>Puts it in again.</summary>
    public void Plug() => Command($"load-module {Speaker}", sinksAfter: 1);

    /// <summary>The sound server itself goes away.</summary>
    public void Kill()
    {
        _server.Kill(entireProcessTree: true);
        _server.WaitForExit(10_000);
    }

    /// <summary>The sound server is started again.</summary>
    public void Restart()
    {
        File.Delete(NativeSocket);
        File.Delete(CommandSocket);
        _server.Dispose();
        _server = StartServer();
    }

    public void Dispose()
    {
        if (!_server.HasExited)
        {
            Kill();
        }

        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // The server says nothing about what it does, so it is asked afterwards what there is; what it says before that is a complaint.
    private void Command(string command, int sinksAfter)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(CommandSocket));
        socket.Send(Encoding.ASCII.GetBytes(command + "\nlist-sinks\n"));
        var answer = string.Empty;
        var piece = new byte[1_024];
        while (!answer.Contains("available.", StringComparison.Ordinal))
        {
            var count = socket.Receive(piece);
            Assert.True(count > 0, $"The sound server hung up: {answer}");
            answer += Encoding.ASCII.GetString(piece, 0, count);
        }

        Assert.StartsWith($"{sinksAfter} sink(s) available.", answer, StringComparison.Ordinal);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    private Process StartServer()
    {
        var start = new ProcessStartInfo("pulseaudio") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in new[]
        {
            "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes", "--realtime=no", "--high-priority=no",
            "-L", $"module-native-protocol-unix auth-anonymous=1 socket={NativeSocket}",
            "-L", $"module-cli-protocol-unix socket={CommandSocket}",
            "-L", Speaker,
        })
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in new[] { "HOME", "XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH", "PULSE_STATE_PATH", "PULSE_CONFIG_PATH" })
        {
            start.Environment[name] = _folder;
        }

        start.Environment.Remove("DISPLAY");
        start.Environment.Remove("DBUS_SESSION_BUS_ADDRESS");
        var server = Process.Start(start)!;
        var said = new StringBuilder();
        server.ErrorDataReceived += (_, line) => { lock (said) { said.AppendLine(line.Data); } };
        server.OutputDataReceived += (_, _) => { };
        server.BeginErrorReadLine();
        server.BeginOutputReadLine();
        var watch = Stopwatch.StartNew();
        while (!File.Exists(NativeSocket))
        {
            if (server.WaitForExit(20) || watch.Elapsed > TimeSpan.FromSeconds(20))
            {
                lock (said)
                {
                    throw new InvalidOperationException($"pulseaudio did not start: {said}");
                }
            }
        }

        return server;
    }
}
