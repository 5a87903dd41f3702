using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Reflection;
using Tern.Cli.Terminal;
using Tern.Cli.Verbs;
using Tern.Cli.Verbs.Plan;
using Tern.Cli.Verbs.Prove;
using Tern.Models;

namespace Tern.Cli;

/// <summary>
/// The command line: finds the verb, runs it, and turns whatever happens into an exit code and a message.
/// 0 it worked, 1 it failed, 2 the command line is wrong, 130 Ctrl+C.
/// </summary>
static class TernCommand
{
    public const int Failed = 1, WrongUse = 2, Interrupted = 130;

    public static int Run(string[] args)
    {
        using var interruption = new Interruption();
        var verb = "tern";
        try
        {
            // @file is a prompt like any other; -np is no bundle of -n and -p.
            var result = Create(interruption).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
            verb = FullName(result.CommandResult.Command) is "tern" ? "tern" : FullName(result.CommandResult.Command)["tern ".Length..];
            if (result.Errors.Count > 0 && result.Action is not HelpWithExamples) return Refuse(result);
            return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception problem)
        {
            return Explain(problem, verb);
        }
    }

    static RootCommand Create(Interruption interruption)
    {
        var root = new RootCommand("Plans, trains, runs, converts, compresses and measures language models, and proves theorems of geometry.");
        root.Add(new RunVerb(interruption.Token));
        root.Add(new ChatVerb(interruption));
        root.Add(new TokenizeVerb(interruption.Token));
        root.Add(new ConvertVerb(interruption.Token));
        root.Add(new BenchVerb(interruption.Token));
        root.Add(new TrainVerb(interruption.Token));
        root.Add(new LoraVerb(interruption.Token));
        root.Add(new CompressVerb(interruption.Token));
        root.Add(new EvalVerb(interruption.Token));
        root.Add(new PlanVerb(interruption.Token));
        root.Add(new ProveVerb(interruption.Token));
        root.Add(new PapersVerb());
        root.Add(new ReproduceVerb(interruption.Token));
        root.Add(new DoctorVerb());
        root.SetAction(_ => root.Parse(["--help"]).Invoke());
        var help = root.Options.OfType<HelpOption>().Single();
        help.Description = "Show help";
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        var version = root.Options.OfType<VersionOption>().Single();
        version.Description = "Show the version";
        version.Action = new PrintVersion();
        root.Directives.Clear();
        return root;
    }

    /// <summary>One message for the first mistake: further ones usually follow from it.</summary>
    static int Refuse(ParseResult result)
    {
        var command = result.CommandResult.Command;
        Console.Error.WriteLine($"{FullName(command)}: {Complaint(result, command)}");
        Console.Error.WriteLine($"Try: {FullName(command)} --help");
        return WrongUse;
    }

    static string Complaint(ParseResult result, Command command)
    {
        if (result.UnmatchedTokens is not [var stranger, ..]) return result.Errors[0].Message;
        if (stranger.StartsWith('-') && stranger.Length > 1)
        {
            var known = command.Options.Where(option => !option.Hidden).SelectMany(option => option.Aliases.Append(option.Name));
            return $"there is no option '{stranger}'{Suggestion(stranger, known.Append("--help"))}";
        }
        if (command.Subcommands.Count > 0 && command.Arguments.Count == 0)
            return $"there is no verb '{stranger}'{Suggestion(stranger, command.Subcommands.Select(verb => verb.Name))}";
        return $"'{stranger}' is one argument too many (a text with blanks needs quotes)";
    }

    static string Suggestion(string word, IEnumerable<string> known) => EditDistance.Nearest(word, known) is { } near ? $"; did you mean '{near}'?" : "";

    static string FullName(Command command)
    {
        var names = new List<string> { command is RootCommand ? "tern" : command.Name };
        for (var parent = command.Parents.FirstOrDefault(); parent is not null; parent = parent.Parents.FirstOrDefault())
            names.Insert(0, parent is RootCommand ? "tern" : parent.Name);
        return string.Join(' ', names);
    }

    static int Explain(Exception problem, string verb)
    {
        switch (problem)
        {
            case OperationCanceledException:
                Console.Error.WriteLine($"{verb}: interrupted");
                return Interrupted;
            case WrongUseException:
                Console.Error.WriteLine($"tern {verb}: {problem.Message}");
                Console.Error.WriteLine($"Try: tern {verb} --help");
                return WrongUse;
            case TernException:
                Console.Error.WriteLine($"{verb}: {problem.Message}");
                break;
            case OutOfMemoryException when verb.StartsWith("prove", StringComparison.Ordinal):
                Console.Error.WriteLine($"{verb}: out of memory. Give a lower --memory, fewer --threads or fewer --max-points.");
                break;
            case OutOfMemoryException:
                Console.Error.WriteLine($"{verb}: out of memory. Use a smaller model, a smaller weight type (tern compress), a shorter context (-c) or --cache-type q8_0.");
                break;
            case IOException or UnauthorizedAccessException:
                Console.Error.WriteLine($"{verb}: {problem.Message}");
                break;
            default:
                Console.Error.WriteLine($"{verb}: {problem.GetType().Name}: {problem.Message}");
                Console.Error.WriteLine("This is a mistake in Tern: please report it, with the command line and what TERN_DEBUG=1 adds to this message.");
                break;
        }
        if (Environment.GetEnvironmentVariable("TERN_DEBUG") == "1") Console.Error.WriteLine(problem);
        return Failed;
    }

    /// <summary>The usual help, and what a verb adds to it.</summary>
    sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = usual.Invoke(parseResult);
            if (parseResult.CommandResult.Command is not Verb { Examples: { Count: > 0 } examples }) return code;
            Console.WriteLine("Examples:");
            foreach (var example in examples) Console.WriteLine($"  {example}");
            Console.WriteLine();
            return code;
        }
    }

    sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var version = Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
            Console.WriteLine($"tern {version}");
            return 0;
        }
    }
}

/// <summary>The command line is wrong in a way that only the verb can tell: exit code 2.</summary>
sealed class WrongUseException(string message) : Exception(message);
