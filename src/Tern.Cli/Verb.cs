using System.CommandLine;

namespace Tern.Cli;

/// <summary>A verb: its flags are its fields; it parses, makes one call of a library, and prints.</summary>
abstract class Verb(string name, string description) : Command(name, description)
{
    /// <summary>Shown at the end of --help.</summary>
    public virtual IReadOnlyList<string> Examples => [];
}
