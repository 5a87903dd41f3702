using System.Collections.Immutable;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;

namespace Tern.Geometry.Algebra;

/// <summary>
/// Finds how each point follows from those before it by trying in some figures at random values modulo primes, all placed side by side. What is true in them is true in general, but for a
/// negligible chance; where a root is needed and exists in all of them, it is the root of a square, and the two places are told apart by the diagram (<see cref="BranchFinder"/>). Where a root is
/// missing in one figure, the equation of degree two has no solution without it, the two places are exchanged by a change of its sign, and what is true at one is true at the other.
/// </summary>
sealed class Planner
{
    /// <summary>A number that is no square has a root in all of them with the probability 2⁻¹⁶.</summary>
    const int Figures = 16;

    /// <summary>At most this many auxiliary points for each point: its bisectors.</summary>
    const int AuxiliaryPoints = 2;

    readonly Problem _problem;

    /// <summary>With the auxiliary points.</summary>
    Diagram _diagram;

    readonly List<string> _names;
    readonly List<(int Vertex, int Point)> _bisectors = [];
    readonly HashSet<Statement> _goals;
    readonly SplitMix64 _random;
    readonly ModularFields _fields;
    readonly CancellationToken _cancellation;
    readonly List<Placement> _steps = [];
    readonly List<ModularFigure> _figures = [];
    readonly bool[] _isPlaced;
    int _openChoices;

    Planner(Problem problem, Diagram diagram, HashSet<Statement> goals, SplitMix64 random, ModularFields fields, CancellationToken cancellation)
    {
        (_problem, _diagram, _goals, _random, _fields, _cancellation) = (problem, diagram, goals, random, fields, cancellation);
        _names = [.. problem.PointNames];
        _isPlaced = new bool[problem.PointNames.Length * (1 + AuxiliaryPoints)];
    }

    /// <param name="goals">Statements that will be asked for: their constant angles need roots of unity.</param>
    /// <exception cref="OperationCanceledException"/>
    public static ConstructionPlan? Plan(Problem problem, Diagram diagram, HashSet<Statement> goals, ulong seed, CancellationToken cancellation)
    {
        var random = new SplitMix64(seed);
        if (ModularFields.For(problem.Premises.Concat(goals), random) is not { } fields) return null;
        var planner = new Planner(problem, diagram, goals, random, fields, cancellation);
        var obstacle = planner.Run();
        return new ConstructionPlan([.. planner._names], [.. planner._steps], obstacle, planner._openChoices, fields);
    }

    string? Run()
    {
        if (!Refill()) return "no figure";
        foreach (var clause in _problem.Clauses)
            if (PlaceClause(clause) is { } obstacle) return $"'{_problem.TextOf(clause)}': {obstacle}";
        return null;
    }

    /// <summary>Null where all went well.</summary>
    string? PlaceClause(Clause clause)
    {
        foreach (var construction in clause.Constructions)
            foreach (var sketch in construction.Sketches)
                if (PlaceBySketch(construction, sketch.Kind) is { } obstacle) return obstacle;
        // Of points with coordinates, what is assumed may stand in a later clause.
        var assumptions = _problem.Clauses.SelectMany(other => other.Assumptions).Where(fact => fact.Points.Any(clause.Points.Contains) && fact.Points.All(point => _isPlaced[point] || clause.Points.Contains(point)));
        Statement[] facts = [.. clause.Facts.Concat(assumptions).SelectMany(Equations.Parts).Where(fact => !fact.IsGuard).Distinct()];
        var left = clause.Points.Where(point => !_isPlaced[point]).ToList();
        while (left.Count > 0)
        {
            var loci = left.Select(point => (Point: point, Loci: LociOf(point, facts))).ToArray();
            // A point that is determined comes first; among others, the first of the clause.
            var (next, its) = loci.FirstOrDefault(entry => entry.Loci.Count >= 2, loci[0]);
            if (PlacePoint(next, its, facts) is { } obstacle) return obstacle;
            left.Remove(next);
        }
        return facts.FirstOrDefault(fact => !IsTrue(fact)) is { } wrong ? $"'{_problem.TextOf(wrong)}' is not solved by its points" : null;
    }

    /// <summary>Points that do not follow one after the other.</summary>
    string? PlaceBySketch(Construction construction, SketchKind kind)
    {
        var points = construction.Arguments.Select(argument => argument.Point).ToArray();
        switch (kind)
        {
            case SketchKind.Thirds: return Add(new ThirdsPlacement(points[0], points[1], points[2], points[3]));
            case SketchKind.EqualTransversal: return Add(new TransversalPlacement(points[0], points[1], points[2], points[3], points[4], points[5]));
            case SketchKind.MedianCircle:
                // y is the midpoint of ab, which the equation of angles says only of one of its solutions.
                return PlacePoint(points[1], [.. ChosenLoci(points[1], new Statement(Predicate.Midpoint, [points[1], points[2], points[3]]))], []);
            case SketchKind.OneOuterTangent or SketchKind.OuterTangents or SketchKind.InnerTangents: return PlaceTangents([.. points[..^4]], points[^4..], kind == SketchKind.InnerTangents);
            case SketchKind.Trisection: return "a third of an angle needs a cube root";
            case SketchKind.MixtilinearCircle: return "circles that touch are not expressed";
            default: return null;
        }
    }

    string? PlaceTangents(ImmutableArray<int> outputs, int[] p, bool areInner)
    {
        var areParallel = _figures.TrueForAll(figure => Isotropic<Residue>.Cross(figure.Places[p[1]] - figure.Places[p[0]], figure.Places[p[3]] - figure.Places[p[2]]).IsZero);
        var dot = (_diagram.X[p[1]] - _diagram.X[p[0]]) * (_diagram.X[p[3]] - _diagram.X[p[2]]) + (_diagram.Y[p[1]] - _diagram.Y[p[0]]) * (_diagram.Y[p[3]] - _diagram.Y[p[2]]);
        var auxiliary = AddAuxiliary(_diagram.X[p[0]], _diagram.Y[p[0]], $"{_names[p[0]]}{_names[p[1]]}·{_names[p[2]]}{_names[p[3]]}");
        var lengths = new LengthsPlacement(auxiliary, p[0], p[1], p[2], p[3], areParallel ? Math.Sign(dot) * (areInner ? -1 : 1) : 0);
        if (!areParallel && NeedsNoRoot(lengths)) _openChoices++;
        if (Add(lengths) is { } obstacle) return obstacle;
        var tangents = new TangentPlacement(outputs, p[0], p[1], p[2], p[3], auxiliary);
        if (NeedsNoRoot(tangents)) _openChoices++;
        return Add(tangents);
    }

    IEnumerable<PointLocus> ChosenLoci(int point, Statement statement) => PointLocus.Of(statement, point, _figures[0]).Select(locus => locus with { IsChoice = true });

    /// <summary>Conditions of a point by the facts that are about it and points placed before.</summary>
    List<PointLocus> LociOf(int point, Statement[] facts)
    {
        var loci = new List<PointLocus>();
        foreach (var fact in facts)
            if (fact.Points.Contains(point) && fact.Points.All(other => other == point || _isPlaced[other])) loci.AddRange(PointLocus.Of(fact, point, _figures[0]));
        // The midpoint of two others, which its two facts say in equations of a higher degree.
        foreach (var line in facts.Where(fact => fact.Predicate == Predicate.Collinear && loci.Exists(locus => locus.Statement == fact)))
            foreach (var middle in line.Points)
            {
                var ends = line.Points.Remove(middle);
                if (facts.Contains(new Statement(Predicate.EqualLengths, [middle, ends[0], middle, ends[1]]))) return [.. PointLocus.Of(new Statement(Predicate.Midpoint, [middle, .. ends]), point, _figures[0])];
            }
        return [.. loci.OrderBy(locus => locus.Form)];
    }

    string? PlacePoint(int point, List<PointLocus> loci, Statement[] facts)
    {
        _cancellation.ThrowIfCancellationRequested();
        for (var i = 0; i < loci.Count; i++)
        {
            if (loci[i].Form != LocusForm.Bisectors) continue;
            loci[i] = Bisector(loci[i], point, out var obstacle);
            if (obstacle is not null) return obstacle;
        }
        loci = [.. loci.OrderBy(locus => locus.Form)];
        if (loci.Count == 0) return Add(new FreePlacement(point));
        if (loci.Count == 1) return PlaceOn(loci[0], point);
        for (var i = 0; i < loci.Count; i++)
            for (var j = i + 1; j < loci.Count; j++)
            {
                if (loci[j].Form == LocusForm.Conic) continue;
                if (StepAt(point, loci[i], loci[j], facts) is { } step) return Add(step);
            }
        // The others follow from the first, or the point's facts will not be true.
        return PlaceOn(loci[0], point);
    }

    string? PlaceOn(PointLocus locus, int point)
    {
        if (locus.Form != LocusForm.Conic) return Add(new LocusPlacement(point, locus));
        var through = Placed().FirstOrDefault(known => LiesOn(known, locus, point), -1);
        return through < 0 ? $"'{_problem.TextOf(locus.Statement)}' is a curve without a known point" : Add(new LocusPlacement(point, locus, through));
    }

    /// <summary>The point where two loci meet; null where they do not determine it.</summary>
    Placement? StepAt(int point, PointLocus first, PointLocus second, Statement[] facts)
    {
        if (second.Form != LocusForm.Circle)
        {
            var meet = new MeetPlacement(point, first, second);
            return IsPossible(meet) ? Affine(meet) : null;
        }
        foreach (var known in Placed())
        {
            if (_diagram.Distance(known, point) < BranchFinder.SamePlace || !LiesOn(known, first, point) || !LiesOn(known, second, point)) continue;
            var other = new OtherMeetPlacement(point, first, second, known);
            if (IsPossible(other)) return Affine(other);
        }
        var touch = new TouchPlacement(point, first, second);
        if (IsPossible(touch)) return touch;
        var either = new EitherMeetPlacement(point, first, second);
        if (!IsPossible(either)) return null;
        if (!NeedsNoRoot(either)) return either;
        var step = Branches().Split(either, facts);
        if (step is EitherMeetPlacement { Told: null }) _openChoices++;
        return step;
    }

    /// <summary>One of two bisectors, as a line: by its angle to another line where it needs no root, else through an auxiliary point.</summary>
    PointLocus Bisector(PointLocus locus, int point, out string? obstacle)
    {
        obstacle = null;
        var needsRoot = _figures.Exists(figure =>
        {
            var (p, q) = locus.Squares(point, figure.Places, figure);
            return !figure.TryRoot(-(p * q), out _);
        });
        if (!needsRoot)
        {
            if (Branches().DirectionOf(locus, point) is { } line) return line;
            _openChoices++;
        }
        var vertex = locus.Vertex;
        var auxiliary = AddAuxiliary(2 * _diagram.X[point] - _diagram.X[vertex], 2 * _diagram.Y[point] - _diagram.Y[vertex], $"{_names[vertex]}→{_names[point]}");
        obstacle = Add(new BisectorPlacement(auxiliary, locus, point));
        _bisectors.Add((vertex, auxiliary));
        return new PointLocus(new Statement(Predicate.Collinear, [vertex, auxiliary, point]), 0, LocusForm.Line);
    }

    int AddAuxiliary(double x, double y, string name)
    {
        _diagram = _diagram.WithPoint(x, y);
        _names.Add(name);
        return _names.Count - 1;
    }

    BranchFinder Branches() => new(_diagram, _figures, [.. Placed()], _bisectors, _goals);

    /// <summary>The same place as a sum of few points, which makes for shorter equations.</summary>
    Placement Affine(Placement step)
    {
        var tries = _figures.Select(figure => (figure.Places, Place: Try(figure, step))).Where(pair => pair.Place is not null).Select(pair => (pair.Places, pair.Place!.Value)).ToArray();
        int[] placed = [.. Placed()];
        foreach (var a in placed)
            foreach (var b in placed)
            {
                if (a == b) continue;
                if (b > a && Fits(2, (1, a), (1, b))) return new AffinePlacement(step.Point, step, [(1, a), (1, b)], 2);
                if (Fits(1, (2, a), (-1, b))) return new AffinePlacement(step.Point, step, [(2, a), (-1, b)], 1);
                foreach (var c in placed)
                    if (c != a && c != b && b > a && Fits(1, (1, a), (1, b), (-1, c))) return new AffinePlacement(step.Point, step, [(1, a), (1, b), (-1, c)], 1);
            }
        return step;

        bool Fits(int divisor, params ReadOnlySpan<(int Coefficient, int Point)> terms)
        {
            foreach (var (places, place) in tries)
            {
                var sum = Times(place, -divisor);
                foreach (var (coefficient, point) in terms) sum += Times(places[point], coefficient);
                if (!sum.Z.IsZero || !sum.W.IsZero) return false;
            }
            return true;
        }

        static Isotropic<Residue> Times(Isotropic<Residue> place, int small)
        {
            var sum = Math.Abs(small) == 2 ? place + place : place;
            return small > 0 ? sum : new(-sum.Z, -sum.W);
        }
    }

    IEnumerable<int> Placed() => Enumerable.Range(0, _problem.PointNames.Length).Where(point => _isPlaced[point]);

    bool LiesOn(int known, PointLocus locus, int point) =>
        _figures.TrueForAll(figure => PointLocus.Values(locus.Statement, point, figure.Places[known], figure.Places, figure)![locus.Equation].IsZero);

    bool IsTrue(Statement fact) => _figures.TrueForAll(figure => Equations.Of(fact, figure.Places, figure) is not { } values || values.TrueForAll(value => value.IsZero));

    /// <summary>A place in a figure, which stays as it was; null where there is none.</summary>
    static Isotropic<Residue>? Try(ModularFigure figure, Placement step)
    {
        var before = step.Points.Select(point => figure.Places[point]).ToArray();
        step.Place(figure.Places, figure);
        Isotropic<Residue>? place = figure.IsStuck ? null : figure.Places[step.Point];
        for (var i = 0; i < before.Length; i++) figure.Places[step.Points[i]] = before[i];
        figure.Unstick();
        return place;
    }

    /// <summary>Not degenerate in a figure, and so in almost all.</summary>
    bool IsPossible(Placement step)
    {
        for (var tries = 0; tries < 8; tries++)
            foreach (var figure in _figures)
            {
                step.Place(figure.Places, figure);
                var (isDegenerate, isStuck) = (figure.IsDegenerate, figure.IsStuck);
                figure.Unstick();
                if (isDegenerate) return false;
                if (!isStuck) return true;
            }
        return true;
    }

    /// <summary>All roots of a step exist in all figures: they are roots of squares.</summary>
    bool NeedsNoRoot(Placement step) => _figures.TrueForAll(figure => Try(figure, step) is not null);

    string? Add(Placement step)
    {
        _steps.Add(step);
        for (var i = _figures.Count - 1; i >= 0; i--)
        {
            step.Place(_figures[i].Places, _figures[i]);
            if (_figures[i].IsStuck) _figures.RemoveAt(i);
        }
        foreach (var point in step.Points) _isPlaced[point] = true;
        return Refill() ? null : "no values modulo primes were found for which all square roots exist";
    }

    bool Refill()
    {
        while (_figures.Count < Figures)
        {
            if (ConstructionPlan.Draw(_isPlaced.Length, _steps, _fields, _random, _cancellation) is not { } figure) return false;
            _figures.Add(figure);
        }
        return true;
    }
}
