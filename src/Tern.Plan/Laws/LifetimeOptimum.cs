namespace Tern.Plan.Laws;

/// <summary>
/// The optimum where every served token is paid for, too: least 6 N D + 2 N D_inf for a loss. At it, αA N^-α = βB D^-β (1 + D_inf / 3D). Sardana et al. 2024, arXiv 2401.00448, equation 2 and appendix A.
/// Where prices differ, D_inf is the number of tokens that cost as much (Budgets.LifetimePrice gives it).
/// </summary>
public static class LifetimeOptimum
{
    /// <summary>Of the training tokens, below which a step of Newton's method in ln D is rounding.</summary>
    const double Tolerance = 1e-14;

    /// <summary>More than the steps of Newton's method and the halvings of its bracket ever need.</summary>
    const int MostSteps = 200;

    /// <summary>3 in 1 + D_inf / 3D: what a trained token costs more than a served one.</summary>
    const double TrainingOverInference = Allocation.TrainingFlopPerParameterAndToken / Allocation.InferenceFlopPerParameterAndToken;

    /// <summary>The least operations over the life of the model for a loss.</summary>
    /// <param name="law">The loss.</param>
    /// <param name="loss">Nats per token, above the law's E.</param>
    /// <param name="servedTokens">D_inf, over the life of the model.</param>
    public static Allocation ForLoss(ChinchillaLaw law, double loss, double servedTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(servedTokens);
        var chinchilla = law.OptimumForLoss(loss);
        if (servedTokens == 0) return chinchilla;
        var (first, second) = ((1 + (law.Beta / law.Alpha)) * law.B, law.Beta * law.B * servedTokens / (TrainingOverInference * law.Alpha));
        // f(D) = first D^-β + second D^(-β-1) + E - l falls from infinity to E - l: one root, never below Chinchilla's D.
        var tokens = Math.Exp(Root(Math.Log(chinchilla.Tokens), x =>
        {
            var (one, two) = (first * Math.Exp(-law.Beta * x), second * Math.Exp((-law.Beta - 1) * x));
            return (one + two + law.E - loss, (-law.Beta * one) - ((law.Beta + 1) * two));
        }));
        return new(law.ParametersForLoss(tokens, loss), tokens);
    }

    /// <summary>The least loss for so many operations over the life of the model.</summary>
    /// <param name="law">The loss.</param>
    /// <param name="lifetimeFlop">6 N D + 2 N D_inf.</param>
    /// <param name="servedTokens">D_inf.</param>
    public static Allocation ForLifetimeFlop(ChinchillaLaw law, double lifetimeFlop, double servedTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(servedTokens);
        var chinchilla = law.OptimumForFlop(lifetimeFlop);
        if (servedTokens == 0) return chinchilla;
        // Along the optima of a demand, operations rise with D: the root of ln C(D) = ln C. The smallest D has all of the operations serve.
        double Flop(double tokens)
        {
            var parameters = ForTokens(law, tokens, servedTokens).Parameters;
            return parameters * ((Allocation.TrainingFlopPerParameterAndToken * tokens) + (Allocation.InferenceFlopPerParameterAndToken * servedTokens));
        }
        var target = Math.Log(lifetimeFlop);
        var (low, high) = (Math.Log(chinchilla.Tokens), Math.Log(chinchilla.Tokens));
        while (Math.Log(Flop(Math.Exp(low))) > target) low -= 1;
        while (Math.Log(Flop(Math.Exp(high))) < target) high += 1;
        return ForTokens(law, Math.Exp(Bisection.Root(low, high, x => target - Math.Log(Flop(Math.Exp(x))))), servedTokens);
    }

    /// <summary>How long a model of this size is trained where, with its demand, it is the optimum for its loss.</summary>
    public static Allocation ForParameters(ChinchillaLaw law, double parameters, double servedTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(servedTokens);
        var chinchilla = law.OptimumForParameters(parameters);
        if (servedTokens == 0) return chinchilla;
        var target = law.Alpha * law.A * Math.Pow(parameters, -law.Alpha);
        double Left(double x)
        {
            var tokens = Math.Exp(x);
            return (law.Beta * law.B * Math.Pow(tokens, -law.Beta) * (1 + (servedTokens / (TrainingOverInference * tokens)))) - target;
        }
        var low = Math.Log(chinchilla.Tokens);
        var high = low;
        while (Left(high) > 0) high += 1;
        return new(parameters, Math.Exp(Bisection.Root(low, high, Left)));
    }

    /// <summary>The size of the model that, with its demand, is the optimum on so many tokens: N = (αA / (βB D^-β (1 + D_inf / 3D)))^(1/α).</summary>
    public static Allocation ForTokens(ChinchillaLaw law, double tokens, double servedTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokens);
        ArgumentOutOfRangeException.ThrowIfNegative(servedTokens);
        var right = law.Beta * law.B * Math.Pow(tokens, -law.Beta) * (1 + (servedTokens / (TrainingOverInference * tokens)));
        return new(Math.Pow(law.Alpha * law.A / right, 1 / law.Alpha), tokens);
    }

    /// <summary>Served tokens from which the smaller model, trained for longer, has cost less: 6nd + 2nx = 6ND + 2Nx for x. Negative: it is cheaper from the start.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The first model is not the smaller one.</exception>
    public static double BreakEvenServedTokens(Allocation smaller, Allocation larger)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(smaller.Parameters, larger.Parameters);
        return (smaller.TrainingFlop - larger.TrainingFlop) / (Allocation.InferenceFlopPerParameterAndToken * (larger.Parameters - smaller.Parameters));
    }

    /// <summary>Newton's method for a function that falls and is convex, from a point left of its root; a step that leaves the bracket is halved into it.</summary>
    static double Root(double start, Func<double, (double Value, double Slope)> falling)
    {
        var (x, high) = (start, double.PositiveInfinity);
        var low = start;
        for (var i = 0; i < MostSteps; i++)
        {
            var (value, slope) = falling(x);
            if (value > 0) low = x;
            else high = x;
            var next = x - (value / slope);
            if (next <= low || next >= high) next = double.IsInfinity(high) ? low + 1 : (low + high) / 2;
            if (Math.Abs(next - x) <= Tolerance * Math.Abs(x)) return next;
            x = next;
        }
        return x;
    }
}
