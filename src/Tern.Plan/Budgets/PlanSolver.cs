using Tern.Models;
using Tern.Plan.Laws;

namespace Tern.Plan.Budgets;

/// <summary>N and D of a situation for what is known. By closed form and one root where there is one; by golden section over ln N otherwise.</summary>
static class PlanSolver
{
    /// <summary>Of the search over ln N: from e^-4 to e^4 of the size that the closed form gives, which covers what attention, rounding and repetition do to it.</summary>
    const double HalfWidth = 4;

    /// <summary>A smaller number of either makes no language model: one layer of 16 channels has 4,096 weights.</summary>
    const double LeastParameters = 1000, LeastTokens = 1000;

    const int GridPoints = 33, GoldenSteps = 45, Doublings = 200;

    /// <exception cref="TernException">No model is what is asked for; the message says why.</exception>
    public static Allocation Solve(PlanSituation at, PlanGoal goal)
    {
        if (goal.Loss is { } wanted && wanted <= at.Law.E)
            throw new TernException(FormattableString.Invariant($"a loss of {wanted:G6} is not reached by any model: E = {at.Law.E:G6} of the law is what is left with infinite size and data. Ask for more than E, or take another law (--fit)."));
        var budget = goal.Flop ?? goal.Usd;
        var solved = (goal.Parameters, goal.Tokens) switch
        {
            ({ } n, { } d) => new Allocation(n, d),
            ({ } n, null) when budget is { } b => new(n, TokensFor(at, n, b)),
            ({ } n, null) when goal.Loss is { } loss => new(n, TokensForLoss(at, n, loss)),
            ({ } n, null) => LifetimeOptimum.ForParameters(at.EffectiveLaw, n, at.DecidingServedTokens),
            (null, { } d) when budget is { } b => new(ParametersFor(at, d, b), d),
            (null, { } d) when goal.Loss is { } loss => new(ParametersForLoss(at, d, loss), d),
            (null, { } d) => LifetimeOptimum.ForTokens(at.EffectiveLaw, d, at.DecidingServedTokens),
            _ when budget is { } b => ForBudget(at, b),
            _ when goal.Loss is { } loss => ForLoss(at, loss),
            _ => throw new TernException("nothing is known: give operations, dollars, parameters, tokens or a loss."),
        };
        if (!double.IsFinite(solved.Parameters) || !double.IsFinite(solved.Tokens)) throw new TernException(Unreachable(at, goal));
        // Samples of an uncertain law are asked, too: what is too little is said of the law itself.
        return solved is { Parameters: >= LeastParameters, Tokens: >= LeastTokens } ? solved : throw new TernException(TooLittle(at, goal, solved));
    }

    static string TooLittle(PlanSituation at, PlanGoal goal, Allocation solved)
    {
        var asked = goal switch
        {
            { Usd: { } usd } => FormattableString.Invariant($"a budget of {usd:G4} USD"),
            { Flop: { } flop } => FormattableString.Invariant($"a budget of {flop:G4} FLOP"),
            { Loss: { } loss } => FormattableString.Invariant($"a loss of {loss:G4}"),
            _ => "what is given",
        };
        var serving = at.DecidingServedTokens > 0 ? " Serving takes the rest: give a smaller demand, or more." : " Give more.";
        return FormattableString.Invariant($"{asked} is too little for a model: the best has {solved.Parameters:G3} parameters and reads {solved.Tokens:G3} tokens, and both must be at least {LeastParameters:N0}.{(goal.Loss is null ? serving : " Ask for a lower loss.")}");
    }

    static string Unreachable(PlanSituation at, PlanGoal goal)
    {
        var loss = goal.Loss ?? double.NaN;
        var why = goal switch
        {
            { Parameters: { } n } => FormattableString.Invariant($"{n:G4} parameters stay above {at.EffectiveLaw.LimitOfParameters(n):F4} whatever they are trained on; the smallest model that gets there has {at.EffectiveLaw.LeastParametersForLoss(loss):G4}"),
            { Tokens: { } d } => FormattableString.Invariant($"on {d:G4} tokens every model stays above {at.EffectiveLaw.LimitOfTokens(at.EffectiveTokens(d)):F4}; at least {at.EffectiveLaw.LeastTokensForLoss(loss):G4} fresh tokens are needed"),
            _ => "the data that exist, or the bits, keep every model above it",
        };
        return FormattableString.Invariant($"a loss of {loss:G6} is not reached: {why}.");
    }

    static Allocation ForBudget(PlanSituation at, double budget)
    {
        var closed = LifetimeOptimum.ForLifetimeFlop(at.EffectiveLaw, budget / at.Price.PerTrainingFlop, at.DecidingServedTokens);
        if (at.IsClosed) return closed;
        Allocation With(double n) => new(n, Math.Max(0, (budget - at.DecidingServingCost(n)) / (at.Price.PerTrainingFlop * at.TrainingFlopPerToken(n))));
        return With(Minimise(closed.Parameters, n => With(n) is { Tokens: > 0 } model ? at.Loss(model) : double.PositiveInfinity));
    }

    static Allocation ForLoss(PlanSituation at, double loss)
    {
        var closed = LifetimeOptimum.ForLoss(at.EffectiveLaw, loss, at.DecidingServedTokens);
        if (at.IsClosed) return closed;
        Allocation With(double n) => new(n, TokensForLoss(at, n, loss));
        var best = With(Minimise(closed.Parameters, n => With(n) is var model && double.IsFinite(model.Tokens) ? at.DecidingCost(model) : double.PositiveInfinity));
        return best;
    }

    static double TokensFor(PlanSituation at, double parameters, double budget)
    {
        var left = budget - at.DecidingServingCost(parameters);
        if (left <= 0)
            throw new TernException(FormattableString.Invariant($"the budget of {budget:G4} is spent by serving alone, which takes {at.DecidingServingCost(parameters):G4} with {parameters:G4} parameters; give more, a smaller model or a smaller demand."));
        return left / (at.Price.PerTrainingFlop * at.TrainingFlopPerToken(parameters));
    }

    static double ParametersFor(PlanSituation at, double tokens, double budget)
    {
        var estimate = budget / at.Price.PerTrainingFlop / ((Allocation.TrainingFlopPerParameterAndToken * tokens) + (Allocation.InferenceFlopPerParameterAndToken * at.DecidingServedTokens));
        return at.TrainingFlopPerToken(1e9) == Allocation.TrainingFlopPerParameterAndToken * 1e9
            ? estimate
            : Math.Exp(Bisection.Root(Math.Log(estimate) - HalfWidth, Math.Log(estimate) + HalfWidth, x => budget - at.DecidingCost(new(Math.Exp(x), tokens))));
    }

    /// <summary>The fewest tokens for a loss; infinite where more do not help, because the model is too small, because they are repetitions, or because rounding undoes what they bring.</summary>
    static double TokensForLoss(PlanSituation at, double parameters, double loss)
    {
        // A lower bound: without repetition and rounding.
        var low = at.EffectiveLaw.TokensForLoss(parameters, loss);
        if (at.IsClosed || !double.IsFinite(low)) return low;
        double Above(double tokens) => at.Loss(new(parameters, tokens)) - loss;
        if (Above(low) <= 0) return low;
        const double Stride = 1.25;
        var (high, before) = (low * Stride, Above(low));
        for (var i = 0; Above(high) is var now && now > 0; i++)
        {
            if (now >= before || i > Doublings) return double.PositiveInfinity;
            (low, high, before) = (high, high * Stride, now);
        }
        return Math.Exp(Bisection.Root(Math.Log(low), Math.Log(high), x => Above(Math.Exp(x))));
    }

    static double ParametersForLoss(PlanSituation at, double tokens, double loss)
    {
        var low = at.EffectiveLaw.ParametersForLoss(at.EffectiveTokens(tokens), loss);
        if (at.IsClosed || !double.IsFinite(low)) return low;
        double Above(double parameters) => at.Loss(new(parameters, tokens)) - loss;
        var high = low;
        for (var i = 0; Above(high) > 0; i++)
        {
            if (i > Doublings) return double.PositiveInfinity;
            high *= 2;
        }
        return Math.Exp(Bisection.Root(Math.Log(low), Math.Log(high), x => Above(Math.Exp(x))));
    }

    /// <summary>The argument of the least value near a start: the best of a grid in the logarithm, then golden section around it.</summary>
    static double Minimise(double start, Func<double, double> of)
    {
        const double Step = 2 * HalfWidth / (GridPoints - 1);
        var middle = Enumerable.Range(0, GridPoints).Select(i => Math.Log(start) - HalfWidth + (i * Step)).MinBy(x => of(Math.Exp(x)));
        var golden = (Math.Sqrt(5) - 1) / 2;
        var (low, high) = (middle - Step, middle + Step);
        var (left, right) = (high - (golden * (high - low)), low + (golden * (high - low)));
        var (atLeft, atRight) = (of(Math.Exp(left)), of(Math.Exp(right)));
        for (var i = 0; i < GoldenSteps; i++)
        {
            if (atLeft < atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - (golden * (high - low));
                atLeft = of(Math.Exp(left));
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + (golden * (high - low));
                atRight = of(Math.Exp(right));
            }
        }
        return Math.Exp((low + high) / 2);
    }
}
