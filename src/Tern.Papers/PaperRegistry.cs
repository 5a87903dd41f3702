using Tern.Models;

namespace Tern.Papers;

/// <summary>Every paper that has an experiment. A new one is one file and one line here.</summary>
public static class PaperRegistry
{
    public static IReadOnlyList<Paper> All { get; } = [new AlphaGeometry(), new BeyondChinchilla(), new CriticalBatchSize(), new GaLore(), new PrecisionLaws(), new Soap()];

    /// <exception cref="TernException">There is no such paper; the message lists those there are.</exception>
    public static Paper Find(string name) => All.FirstOrDefault(paper => paper.Name == name)
        ?? throw new TernException($"there is no paper '{name}'; there are {string.Join(", ", All.Select(paper => paper.Name))}.");
}
