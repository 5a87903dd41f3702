namespace Tern.Plan.Fitting;

/// <summary>Which law is fitted.</summary>
public enum LawKind
{
    /// <summary>L(N, D). Hoffmann et al. 2022.</summary>
    Chinchilla,

    /// <summary>Loss of training in few bits and of rounding after it. Kumar et al. 2024.</summary>
    Precision,

    /// <summary>Steps to a target by batch. Zhang et al. 2024.</summary>
    CriticalBatch,

    /// <summary>L(C, M), with M the tokens for each parameter. Gadre et al. 2024.</summary>
    Overtraining,
}

/// <summary>How the optimum for a budget is found. Hoffmann et al. 2022, section 3.</summary>
public enum FitApproach
{
    /// <summary>Approach 1: the envelope of training curves.</summary>
    Envelope,

    /// <summary>Approach 2: parabolas of runs of one budget.</summary>
    IsoFlop,

    /// <summary>Approach 3: a loss surface, Huber's loss of log loss.</summary>
    Surface,

    /// <summary>The same surface by least squares, linear constants solved for within a search over the exponents.</summary>
    VariableProjection,
}

/// <summary>What is fitted, and how.</summary>
public sealed record FitOptions
{
    public LawKind Law { get; init; } = LawKind.Chinchilla;

    public FitApproach Approach { get; init; } = FitApproach.Surface;

    /// <summary>δ of Huber's loss of log loss; 1e-3 in the papers.</summary>
    public double Huber { get; init; } = 1e-3;

    /// <summary>Runs with more tokens for each parameter are left out; null for none. A law fitted to ordinary ratios is too optimistic about extreme ones.</summary>
    public double? Cutoff { get; init; }

    /// <summary>Runs of a higher loss are left out; null for none.</summary>
    public double? MaxLoss { get; init; }

    /// <summary>Times that runs are drawn anew; 0 for no intervals.</summary>
    public int Bootstrap { get; init; } = 400;

    /// <summary>All runs of a model size are drawn together.</summary>
    public bool BlockBySize { get; init; }

    /// <summary>β = α.</summary>
    public bool TieExponents { get; init; }

    /// <summary>Precision: the factors of N_eff have exponents of their own. Critical batch: α is fitted.</summary>
    public bool FreeExponents { get; init; }

    /// <summary>B_opt, a batch at which doubling still halves the steps, in the unit of the table; null for the middle of what the table says (256 in the paper).</summary>
    public double? EfficientBatch { get; init; }

    /// <summary>Operations of training for which the optimum is given, too; none: that of the largest run, and 10 and 100 times as much.</summary>
    public IReadOnlyList<double> Compute { get; init; } = [];

    /// <summary>Parts of a sweep whose runs are fitted; empty: all of the table.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [];

    public int Seed { get; init; } = 1;

    /// <summary>0: one per core. The result does not depend on it.</summary>
    public int Threads { get; init; }
}
