using Tern.Papers.Results;

namespace Tern.Papers;

/// <summary>A published paper whose method Tern has: what it claims, and an experiment, small enough for a processor, that checks the claims.</summary>
public abstract class Paper
{
    /// <summary>One word: <c>tern reproduce soap</c>.</summary>
    public abstract string Name { get; }

    public abstract string Title { get; }

    /// <summary>Authors, year, arXiv number.</summary>
    public abstract string Citation { get; }

    /// <summary>The files that hold the method, relative to <c>src</c>.</summary>
    public abstract IReadOnlyList<string> Code { get; }

    /// <summary>How a user picks the method.</summary>
    public abstract string Usage { get; }

    public abstract IReadOnlyList<Claim> Claims { get; }

    /// <summary>Runs the experiment: every claim gets a <see cref="Finding"/>.</summary>
    /// <exception cref="Tern.Models.TernException">The text is too short, or a training run failed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; trials that were finished are not run again.</exception>
    internal abstract Outcome Run(Experiment experiment);
}

/// <summary>What a paper says.</summary>
/// <param name="Key">Names the claim within its paper.</param>
/// <param name="Text">In one sentence.</param>
/// <param name="Figure">The paper's number, and for what.</param>
public sealed record Claim(string Key, string Text, string Figure);

/// <summary>How large the experiment is.</summary>
public enum ReproductionScale
{
    /// <summary>About two minutes: shows that everything runs; its numbers are noisy.</summary>
    Quick,

    /// <summary>The run whose result is committed.</summary>
    Full,
}
