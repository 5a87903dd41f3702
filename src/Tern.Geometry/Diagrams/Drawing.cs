using Tern.Geometry.Language;

namespace Tern.Geometry.Diagrams;

/// <summary>Why an attempt to draw was given up.</summary>
enum Obstacle
{
    None,
    Degenerate,
    LociDoNotMeet,
    GuardFails,
    TooClose,
    TooFar,
    PremiseFails,
    GoalFails,
}

/// <summary>
/// Places the points of a problem, clause by clause. Trinh et al. 2024, Methods, Numerical engine: loci meet or are sampled, and a point that is too close to another or too far away
/// spoils the attempt.
/// </summary>
sealed class Drawing
{
    const int MostOutputs = 5, MostInputs = 7, Samples = 5;

    /// <summary>Places nearer than this share of the diagram's radius are the same.</summary>
    const double SamePlace = 1e-9;

    /// <summary>How far a guard must be from what it forbids.</summary>
    const double GuardTolerance = 1e-3;

    /// <summary>No two points are nearer than this share of the diagram's radius.</summary>
    const double LeastDistance = 0.01;

    readonly Problem _problem;
    readonly DiagramOptions _options;
    readonly SplitMix64 _random;
    readonly double _figureSize;
    readonly int[] _order;
    int _placed;

    public Drawing(Problem problem, SplitMix64 random, DiagramOptions options)
    {
        (_problem, _random, _options) = (problem, random, options);
        X = new double[problem.PointNames.Length];
        Y = new double[problem.PointNames.Length];
        _order = new int[X.Length];
        _figureSize = Lengths.TypicalOf(problem);
    }

    public double[] X { get; }

    public double[] Y { get; }

    /// <summary>What went wrong last, and in which clause.</summary>
    public (Obstacle Obstacle, int Clause, Statement? Statement) Last { get; private set; }

    /// <summary>Forgets all points but these, whose coordinates are in <see cref="X"/> and <see cref="Y"/>: the first <paramref name="kept"/> numbers.</summary>
    public void Restart(int kept)
    {
        for (_placed = 0; _placed < kept; _placed++) _order[_placed] = _placed;
    }

    /// <param name="looseness">1, or more to permit points nearer and farther.</param>
    public bool TryPlaceFrom(int firstClause, double looseness)
    {
        for (var i = firstClause; i < _problem.Clauses.Length; i++)
        {
            var obstacle = Place(_problem.Clauses[i], looseness, out var guard);
            if (obstacle == Obstacle.None) continue;
            Last = (obstacle, i, guard);
            return false;
        }
        return true;
    }

    Vector this[int point] => new(X[point], Y[point]);

    Obstacle Place(Clause clause, double looseness, out Statement? failed)
    {
        failed = null;
        // A clause without construction has as many points with coordinates as it likes.
        Span<Vector> places = clause.Points.Length <= MostOutputs ? stackalloc Vector[MostOutputs] : new Vector[clause.Points.Length];
        places = places[..clause.Points.Length];
        var isGiven = _problem.Coordinates.Count > 0 && AreGiven(clause, places);
        if (!isGiven)
        {
            foreach (var construction in clause.Constructions)
                foreach (var guard in construction.Guards)
                {
                    // Equations among the guards are those of the statement: they are as exact as its drawing.
                    if (guard.Holds(X, Y, 1, guard.IsGuard ? GuardTolerance : 1e-6)) continue;
                    failed = guard;
                    return Obstacle.GuardFails;
                }
            var obstacle = Sketch(clause, places);
            if (obstacle != Obstacle.None) return obstacle;
            TakeGiven(clause, places);
            obstacle = CheckDistances(places, looseness);
            if (obstacle != Obstacle.None) return obstacle;
        }
        for (var i = 0; i < places.Length; i++)
        {
            var point = clause.Points[i];
            (X[point], Y[point]) = (places[i].X, places[i].Y);
            _order[_placed++] = point;
        }
        return Obstacle.None;
    }

    bool AreGiven(Clause clause, Span<Vector> places)
    {
        TakeGiven(clause, places);
        foreach (var point in clause.Points)
            if (!_problem.Coordinates.ContainsKey(point)) return false;
        return true;
    }

    void TakeGiven(Clause clause, Span<Vector> places)
    {
        if (_problem.Coordinates.Count == 0) return;
        for (var i = 0; i < places.Length; i++)
            if (_problem.Coordinates.TryGetValue(clause.Points[i], out var given)) places[i] = new Vector(given.X, given.Y);
    }

    /// <summary>Where the new points are; by the order of the clause's points.</summary>
    Obstacle Sketch(Clause clause, Span<Vector> places)
    {
        Span<Locus> loci = stackalloc Locus[2];
        Span<Vector> inputs = stackalloc Vector[MostInputs];
        var count = 0;
        foreach (var construction in clause.Constructions)
            foreach (var sketch in construction.Sketches)
            {
                if (!sketch.Kind.IsLocus()) return PlaceAll(clause, construction, sketch, places);
                if (count == 2) continue;                   // a third is a fact like others: it is checked at the end
                Take(sketch, inputs);
                loci[count] = Loci.Of(sketch.Kind, inputs, sketch.Number);
                if (!loci[count].IsFinite) return Obstacle.Degenerate;
                count++;
            }
        if (count == 0) return Obstacle.Degenerate;
        if (count == 1) return SampleOn(loci[0], out places[0]);
        return Choose(loci[0], loci[1], out places[0]);
    }

    void Take(Sketch sketch, Span<Vector> inputs)
    {
        for (var i = 0; i < sketch.Points.Length; i++) inputs[i] = this[sketch.Points[i]];
    }

    Obstacle PlaceAll(Clause clause, Construction construction, Sketch sketch, Span<Vector> places)
    {
        Span<Vector> outputs = stackalloc Vector[MostOutputs];
        outputs = outputs[..places.Length];
        if (sketch.Kind.IsFigure())
        {
            var (centre, radius, _) = Extent();
            if (_placed < 2) radius = 0;
            Figures.Fill(sketch.Kind, _random, centre, radius > 0 ? radius : _figureSize, outputs);
        }
        else
        {
            Span<Vector> inputs = stackalloc Vector[MostInputs];
            Take(sketch, inputs);
            Places.Fill(sketch.Kind, inputs, _random, outputs);
        }
        var positions = construction.Definition.NewPoints;
        for (var i = 0; i < outputs.Length; i++)
        {
            if (!outputs[i].IsFinite) return Obstacle.Degenerate;
            places[clause.Points.IndexOf(construction.Arguments[positions[i]].Point)] = outputs[i];
        }
        return Obstacle.None;
    }

    /// <summary>Centroid of the points, and their largest and smallest distance from it.</summary>
    (Vector Centre, double Radius, double Least) Extent()
    {
        if (_placed == 0) return default;
        var centre = default(Vector);
        for (var i = 0; i < _placed; i++) centre += this[_order[i]];
        centre /= _placed;
        var (most, least) = (0.0, double.MaxValue);
        for (var i = 0; i < _placed; i++)
        {
            var square = (this[_order[i]] - centre).SquaredLength;
            (most, least) = (Math.Max(most, square), Math.Min(least, square));
        }
        return (centre, Math.Sqrt(most), Math.Sqrt(least));
    }

    /// <summary>Of some places at random within the circle around the diagram, that farthest from its nearest point.</summary>
    Obstacle SampleOn(in Locus locus, out Vector best)
    {
        var (centre, radius, _) = Extent();
        var (from, to) = (0.0, 2 * Math.PI);
        if (locus.Shape != LocusShape.Circle)
        {
            // The chord of the circle around the diagram's centre, moved along its normal where it misses the line.
            var along = (centre - locus.Point).Dot(locus.Direction);
            (from, to) = (along - radius, along + radius);
            if (locus.Shape == LocusShape.Ray) (from, to) = (0, to > 0 ? to : radius);
        }
        best = Vector.NaN;
        var bestDistance = -1.0;
        for (var i = 0; i < Samples; i++)
        {
            var t = _random.NextDouble(from, to);
            var place = locus.Shape == LocusShape.Circle ? locus.Point + Vector.AtAngle(t) * locus.Radius : locus.Point + locus.Direction * t;
            var distance = NearestSquared(place);
            if (distance > bestDistance) (best, bestDistance) = (place, distance);
        }
        return best.IsFinite ? Obstacle.None : Obstacle.Degenerate;
    }

    double NearestSquared(Vector place)
    {
        var nearest = double.MaxValue;
        for (var i = 0; i < _placed; i++) nearest = Math.Min(nearest, (this[_order[i]] - place).SquaredLength);
        return nearest;
    }

    /// <summary>Where two loci meet: not on a point that is there already (unless that is allowed), and on the side a ray covers, if there is a choice; else either.</summary>
    Obstacle Choose(in Locus first, in Locus second, out Vector place)
    {
        var count = Locus.Meet(first, second, out place, out var other);
        if (count == 0) return Obstacle.LociDoNotMeet;
        if (count == 1) return Obstacle.None;
        var (_, radius, _) = Extent();
        var same = SamePlace * radius;
        var (isOneOld, isOtherOld) = (NearestSquared(place) < same * same, NearestSquared(other) < same * same);
        var (isOneCovered, isOtherCovered) = (first.Covers(place) && second.Covers(place), first.Covers(other) && second.Covers(other));
        var takesOther = isOneOld != isOtherOld && !_options.AllowsCoincidentPoints ? isOneOld : isOneCovered != isOtherCovered ? isOtherCovered : _random.Next(2) == 1;
        if (takesOther) place = other;
        return Obstacle.None;
    }

    Obstacle CheckDistances(ReadOnlySpan<Vector> places, double looseness)
    {
        if (_placed == 0) return Obstacle.None;
        var (centre, radius, least) = Extent();
        var close = Math.Max(_options.TooClose * least, LeastDistance * radius) / looseness;
        var far = _options.TooFar * radius * looseness;
        for (var i = 0; i < places.Length; i++)
        {
            if (radius > 0 && !(places[i].DistanceTo(centre) <= far)) return Obstacle.TooFar;
            var nearest = NearestSquared(places[i]);
            for (var j = 0; j < i; j++) nearest = Math.Min(nearest, (places[i] - places[j]).SquaredLength);
            if (nearest < close * close && !(_options.AllowsCoincidentPoints && nearest < SamePlace * SamePlace * radius * radius)) return Obstacle.TooClose;
        }
        return Obstacle.None;
    }
}
