using System.CommandLine;

namespace Tern.Cli.Flags;

/// <summary>An option that may be given several times: one value each.</summary>
sealed class ListFlag : Option<string[]>
{
    public ListFlag(string name, string[] aliases, string description, string valueName) : base(name, aliases)
    {
        Description = description + " (may be repeated)";
        HelpName = valueName;
        Arity = ArgumentArity.OneOrMore;
        AllowMultipleArgumentsPerToken = false;
        DefaultValueFactory = _ => [];
    }
}
