using System.Collections.Immutable;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Engine;

/// <summary>Proofs from a closure: what each fact that a goal needs follows from, back to the premises of the problem (Trinh et al. 2024, methods, "traceback"; here by exact elimination instead of linear programs).</summary>
sealed class ProofBuilder
{
    readonly Knowledge _knowledge;
    readonly Traceback[] _tracebacks;
    readonly Dictionary<Statement, int> _firstFact = [];
    readonly Dictionary<int, int> _stepOfFact = [];
    readonly Dictionary<ulong, (int Step, int Before)> _stepOfCircle = [];
    readonly List<ProofStep> _steps = [];

    public ProofBuilder(Knowledge knowledge)
    {
        _knowledge = knowledge;
        _tracebacks = [.. Enum.GetValues<EquationSystem>().Select(system => new Traceback(knowledge[system].Log))];
        for (var i = knowledge.Facts.Count - 1; i >= 0; i--) _firstFact[knowledge.Facts[i].Statement] = i;
    }

    /// <summary>Steps to a statement, of which the last one concludes it; null where it does not follow.</summary>
    public ImmutableArray<ProofStep>? Build(Statement goal)
    {
        if (_firstFact.TryGetValue(goal, out var known)) return Needed(StepOf(known));
        var before = _knowledge.Facts.Count;
        return Cheapest(Derivation.OfStatement(goal, _knowledge.Figure), before) is { } best ? Needed(AddStep(best.Rule, goal, best.Premises)) : null;
    }

    int StepOf(int fact)
    {
        fact = _firstFact[_knowledge.Facts[fact].Statement];
        if (_stepOfFact.TryGetValue(fact, out var step)) return step;
        var (statement, rule, _) = _knowledge.Facts[fact];
        if (rule == ProofRule.Given) return _stepOfFact[fact] = AddStep(rule, statement, []);
        var best = Cheapest(Derivation.Of(_knowledge.Facts[fact], _knowledge.Figure), fact) ?? throw new InvalidOperationException($"No premises of the fact {statement}, by {rule}.");
        return _stepOfFact[fact] = AddStep(best.Rule, statement, best.Premises);
    }

    /// <summary>Of several ways the one from the fewest facts; then its premises as steps.</summary>
    (ProofRule Rule, ImmutableArray<int> Premises)? Cheapest(IEnumerable<Derivation> ways, int before)
    {
        (Derivation Way, SortedSet<int> Facts)? best = null;
        foreach (var way in ways)
            if (FactsFor(way.Needs, before) is { } facts && (best is null || facts.Count < best.Value.Facts.Count)) best = (way, facts);
        if (best is not var (chosen, needed)) return null;
        var premises = needed.Select(StepOf);
        if (chosen.Circle != 0) premises = premises.Append(StepOfCircle(chosen.Circle, before));
        return (chosen.Rule, [.. premises.Distinct().Order()]);
    }

    SortedSet<int>? FactsFor(Condition[] conditions, int before)
    {
        var all = new SortedSet<int>();
        foreach (var (system, form) in conditions)
        {
            if (_tracebacks[(int)system].FactsFor(form, before) is not { } facts) return null;
            all.UnionWith(facts);
        }
        return all;
    }

    int StepOfCircle(ulong points, int before)
    {
        if (_stepOfCircle.TryGetValue(points, out var known) && known.Before <= before) return known.Step;
        var statement = new Statement(Predicate.Concyclic, Bits.ToArray(points));
        var step = _firstFact.TryGetValue(statement, out var fact) && fact < before ? StepOf(fact)
            : Cheapest(Derivation.OfStatement(statement, _knowledge.Figure), before) is { } best ? AddStep(best.Rule, statement, best.Premises)
            : throw new InvalidOperationException($"No premises of the circle {statement}.");
        _stepOfCircle[points] = (step, before);
        return step;
    }

    int AddStep(ProofRule rule, Statement conclusion, ImmutableArray<int> premises)
    {
        _steps.Add(new ProofStep(rule, conclusion, premises));
        return _steps.Count - 1;
    }

    /// <summary>Only what the step needs, directly or not, and each conclusion once.</summary>
    ImmutableArray<ProofStep> Needed(int goal)
    {
        var isNeeded = new bool[goal + 1];
        isNeeded[goal] = true;
        for (var i = goal; i >= 0; i--)
            if (isNeeded[i])
                foreach (var premise in _steps[i].Premises) isNeeded[premise] = true;
        var (newNumber, numberOf, steps) = (new int[goal + 1], new Dictionary<Statement, int>(), ImmutableArray.CreateBuilder<ProofStep>());
        for (var i = 0; i <= goal; i++)
        {
            if (!isNeeded[i]) continue;
            if (!numberOf.TryGetValue(_steps[i].Conclusion, out newNumber[i]))
            {
                numberOf[_steps[i].Conclusion] = newNumber[i] = steps.Count;
                steps.Add(_steps[i] with { Premises = [.. _steps[i].Premises.Select(premise => newNumber[premise]).Distinct().Order()] });
            }
        }
        return steps.ToImmutable();
    }
}
