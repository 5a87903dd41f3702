using System.Runtime.InteropServices;
using Fractions;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Engine;

/// <summary>What lengths say of their logarithms and the other way round; points that divide segments alike.</summary>
sealed class LengthRules(Knowledge knowledge)
{
    readonly Dictionary<ulong, int> _first = [];
    readonly Division[][] _groups = [.. knowledge.Lookalikes.Divisions.Select(group => (Division[])group.Clone())];

    public void Apply()
    {
        FromLengths();
        FromLogs();
        for (var i = 0; i < _groups.Length; i++) ApplyTo(ref _groups[i]);
    }

    /// <summary>Lengths that are multiples of each other.</summary>
    void FromLengths()
    {
        _first.Clear();
        for (var pair = 0; pair < knowledge.Figure.Lengths.Length; pair++)
        {
            if (knowledge.Figure.Lengths[pair] == 0) continue;
            var form = knowledge.Lengths.NormalForm(pair);
            if (form.IsZero) continue;
            ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(_first, form.ScaleFreeFingerprint, out var isThere);
            if (!isThere) first = pair;
            else Compare(pair, first, (form.Lead / knowledge.Lengths.NormalForm(first).Lead).ToFraction(), ProofRule.Lengths);
        }
    }

    /// <summary>Log-lengths whose difference is the logarithm of a rational number.</summary>
    void FromLogs()
    {
        _first.Clear();
        var fingerprints = knowledge.Logs.Fingerprints;
        for (var pair = 0; pair < knowledge.Figure.Lengths.Length; pair++)
        {
            if (knowledge.Figure.Lengths[pair] == 0) continue;
            ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(_first, fingerprints[pair], out var isThere);
            if (!isThere) first = pair;
            else if (LogAtoms.TryValue(knowledge.Logs.NormalForm(pair).Plus(knowledge.Logs.NormalForm(first), Rational.MinusOne).Constants, false, out var ratio)) Compare(pair, first, ratio, ProofRule.Ratios);
        }
    }

    void Compare(int pair, int other, Fraction ratio, ProofRule rule)
    {
        var ((a, b), (c, d)) = (Figure.Ends(pair), Figure.Ends(other));
        var statement = ratio == Fraction.One ? new Statement(Predicate.EqualLengths, [a, b, c, d]) : new Statement(Predicate.RatioValue, [a, b, c, d], ratio);
        var target = rule == ProofRule.Lengths ? EquationSystem.Logs : EquationSystem.Lengths;
        var source = rule == ProofRule.Lengths ? EquationSystem.Lengths : EquationSystem.Logs;
        if (Equations.Of(statement, target, knowledge.Figure) is not { } form || knowledge[target].SeemsImplied(form)) return;
        if (Equations.Of(statement, source, knowledge.Figure) is { } known && knowledge[source].Implies(known)) knowledge.Add(target, form, knowledge.Learn(statement, rule));
    }

    /// <summary>One common ratio of three points on a line gives the others.</summary>
    void ApplyTo(ref Division[] group)
    {
        var alive = group.Length;
        for (var way = 0; way < 3; way++)
        {
            _first.Clear();
            for (var i = 0; i < alive; i++)
            {
                var (a, b, c) = group[i];
                if (!knowledge.OnOneLine(Bits.Of(a, b, c))) continue;
                var (one, other) = Sides(group[i], way);
                ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(_first, Fingerprint.Subtract(knowledge.Logs.Fingerprint(one), knowledge.Logs.Fingerprint(other)), out var isThere);
                if (!isThere) first = i;
                else if (DivideAlike(group[first], group[i], way)) group[i--] = group[--alive];
            }
        }
        if (alive < group.Length) Array.Resize(ref group, alive);
    }

    static (int One, int Other) Sides(in Division division, int way)
    {
        var (ab, bc, ac) = (Figure.Pair(division.A, division.B), Figure.Pair(division.B, division.C), Figure.Pair(division.A, division.C));
        return way switch { 0 => (ab, ac), 1 => (ab, bc), _ => (bc, ac) };
    }

    bool DivideAlike(in Division one, in Division other, int known)
    {
        if (Ratio(one, other, known) is not { } form || !knowledge.Logs.Implies(form)) return false;
        for (var way = 0; way < 3; way++)
        {
            if (Ratio(one, other, way) is not { } ratio || knowledge.Logs.SeemsImplied(ratio)) continue;
            knowledge.Add(EquationSystem.Logs, ratio, knowledge.Learn(Statement(one, other, way), ProofRule.DividedAlike, one.A, one.B, one.C, other.A, other.B, other.C, known));
        }
        return true;
    }

    LinearForm? Ratio(in Division one, in Division other, int way) => Equations.Of(Statement(one, other, way), EquationSystem.Logs, knowledge.Figure);

    /// <summary>The equality of ratios of two sides.</summary>
    public static Statement Statement(in Division one, in Division other, int way)
    {
        ReadOnlySpan<int> p = [one.A, one.B, one.C], q = [other.A, other.B, other.C];
        var (i, j, k, l) = way switch { 0 => (0, 1, 0, 2), 1 => (0, 1, 1, 2), _ => (1, 2, 0, 2) };
        return new Statement(Predicate.EqualRatios, [p[i], p[j], p[k], p[l], q[i], q[j], q[k], q[l]]);
    }
}
