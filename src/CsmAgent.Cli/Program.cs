using CsmAgent.Cli;

return await CommandLine.RunAsync(args, Shell.ForTerminal());
