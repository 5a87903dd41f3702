using Tern.Cli;

return TernCommand.Run(args);
