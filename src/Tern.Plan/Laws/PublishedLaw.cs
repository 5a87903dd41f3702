using Tern.Models;

namespace Tern.Plan.Laws;

/// <summary>A published set of constants.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Law">The constants.</param>
/// <param name="Source">Paper, and where in it.</param>
/// <param name="Warning">What to know before relying on it; null: nothing.</param>
/// <param name="Fitted">The runs it was fitted to.</param>
public sealed record PublishedLaw(string Name, ChinchillaLaw Law, string Source, string? Warning, FittedRange Fitted)
{
    /// <summary>Of A, B, E, α, β; null where none were published.</summary>
    public ChinchillaLaw? StandardErrors { get; init; }

    static readonly FittedRange Hoffmann = new(new(70e6, 16e9), new(5e9, 500e9), FittedRange.AnyRatio);                      // abstract of arXiv 2203.15556
    static readonly FittedRange Epoch = new(new(5.73e7, 1.62e10), new(8.1e8, 3.18e11), new(0.4, 341));       // the 240 points read off the figure
    static readonly FittedRange Mpt = new(new(1.51e8, 6e9), new(1.51e9, 1.51e12), new(10, 10_000));           // trainingresults.csv of arXiv 2401.00448
    static readonly FittedRange OverTraining = new(new(1.1e7, 6.9e9), new(5e7, 9e11), new(5, 640));           // 104 runs, abstract and data of arXiv 2403.08540

    const string Computed = "fitted by us to the runs of arXiv 2401.00448 (MPT models); other data and another tokenizer than Chinchilla's, so losses are not comparable";
    const string OverTrained = "constants remembered and checked against the paper's runs, whose losses on C4 they predict within 0.7 % on average; losses are those on C4";

    /// <summary>All of them, the default first.</summary>
    public static IReadOnlyList<PublishedLaw> All { get; } =
    [
        new("sardana", new(406.4, 410.7, 1.69, 0.336, 0.283), "Sardana et al. 2024, arXiv 2401.00448, and its code", "no standard errors; the exponents are Hoffmann's to three digits", Hoffmann),
        new("epoch", new(482.01, 2085.43, 1.8172, 0.3478, 0.3658), "Besiroglu et al. 2024, arXiv 2404.10102", "fitted to points read off a figure of arXiv 2203.15556", Epoch)
        {
            StandardErrors = new(124.5, 1293, 0.026, 0.015, 0.021),
        },
        new("epoch-converged", FromLogarithms(6.16924637, 7.67015673, 0.59730681, 0.3473105, 0.36717243), "the true minimum of the objective of arXiv 2404.10102, computed by us", "fitted to points read off a figure of arXiv 2203.15556", Epoch),
        new("hoffmann-tex", FromLogarithms(6.0073404, 6.0179186, 0.5267228, 0.33917084, 0.2849083), "unrounded constants in the TeX source of Hoffmann et al. 2022, arXiv 2203.15556",
            "the fit behind it had not converged (arXiv 2404.10102): it asks for 59 tokens per parameter at Chinchilla's budget, against 20 by its other approaches", Hoffmann),
        new("hoffmann-rounded", new(406.4, 410.7, 1.69, 0.34, 0.28), "Hoffmann et al. 2022, arXiv 2203.15556, equation 10", "rounding the exponents biases predictions badly: 93 tokens per parameter at Chinchilla's budget", Hoffmann),
        new("muennighoff", RepeatedDataLaw.Muennighoff.Base, "Muennighoff et al. 2023, arXiv 2305.16264, appendix A", "C4, exponents tied", new(new(7e6, 9e9), new(1e8, 9e11), FittedRange.AnyRatio)),
        new("mpt47", FromLogarithms(3.56638122, 4.89049846, 0.38046393, 0.17883815, 0.23160187), "all 47 runs, 10 to 10,000 tokens per parameter", Computed, Mpt),
        new("mpt47-le100", FromLogarithms(1.96633982, 3.25810805, -1.87632683, 0.07679057, 0.1257497), "34 runs of at most 100 tokens per parameter", Computed + "; E is hardly identified", Mpt with { Tokens = new(1.51e9, 6e11), TokensPerParameter = new(10, 100) }),
        new("gadre-c4", new OverTrainingLaw(1.51, 141, 190, 0.121).ToChinchilla(), "Gadre et al. 2024, arXiv 2403.08540, trained on C4", OverTrained, OverTraining),
        new("gadre-redpajama", new OverTrainingLaw(1.84, 212, 367, 0.136).ToChinchilla(), "Gadre et al. 2024, arXiv 2403.08540, trained on RedPajama", OverTrained, OverTraining),
        new("gadre-refinedweb", new OverTrainingLaw(1.73, 157, 246, 0.127).ToChinchilla(), "Gadre et al. 2024, arXiv 2403.08540, trained on RefinedWeb", OverTrained, OverTraining),
    ];

    /// <summary>As fits give them: A = e^a, B = e^b, E = e^e.</summary>
    static ChinchillaLaw FromLogarithms(double a, double b, double e, double alpha, double beta) => new(Math.Exp(a), Math.Exp(b), Math.Exp(e), alpha, beta);

    /// <exception cref="TernException">There is none of this name; the message names the nearest.</exception>
    public static PublishedLaw Named(string name)
    {
        if (All.FirstOrDefault(law => string.Equals(law.Name, name, StringComparison.OrdinalIgnoreCase)) is { } found) return found;
        var near = EditDistance.Nearest(name, All.Select(law => law.Name));
        throw new TernException($"there is no published law '{name}'{(near is null ? "." : $"; did you mean '{near}'?")} Known are {string.Join(", ", All.Select(law => law.Name))}; or give a file of tern plan fit.");
    }
}
