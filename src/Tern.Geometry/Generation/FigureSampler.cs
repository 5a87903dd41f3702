using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;

namespace Tern.Geometry.Generation;

/// <summary>Random figures: a triangle or the like, then one point after the other, constructed from points that are there.</summary>
sealed class FigureSampler
{
    /// <summary>Words that begin a figure, and their weights.</summary>
    static readonly (string Word, double Weight)[] Beginnings = [("triangle", 8), ("iso_triangle", 2), ("r_triangle", 2), ("quadrangle", 2), ("trapezoid", 0.5), ("eq_trapezoid", 0.5), ("risos", 0.3), ("ieq_triangle", 0.5)];

    /// <summary>Words that place a point.</summary>
    static readonly (string Word, double Weight)[] Places = [("midpoint", 4), ("foot", 4), ("circumcenter", 2), ("incenter", 1.2), ("orthocenter", 1), ("mirror", 1.5), ("reflect", 1), ("parallelogram", 0.8)];

    /// <summary>Words that give a line or circle of a point.</summary>
    static readonly (string Word, double Weight)[] Loci = [("on_line", 7), ("on_circle", 3), ("on_tline", 2), ("on_pline", 2), ("on_circum", 2.5), ("angle_bisector", 1.2), ("iso_triangle_vertex", 1), ("on_dia", 0.7)];

    /// <summary>Shares of points that are placed by one word, and of the others that stay free on one line or circle.</summary>
    const double Placed = 0.5, Free = 0.25;

    const int TriesForPoint = 12;

    static readonly DiagramOptions Drawing = DiagramOptions.Default with { Attempts = 40, NeedsGoals = false };

    readonly Definitions _definitions = Definitions.BuiltIn;

    /// <summary>A figure without goals; null where it could not be drawn.</summary>
    public (Problem Problem, Diagram Diagram)? Next(SplitMix64 random, GeneratorOptions options)
    {
        var count = options.MinPoints + random.Next(options.MaxPoints - options.MinPoints + 1);
        var beginning = _definitions[Draw(Beginnings, random)];
        var size = beginning.Parameters.Length;
        var problem = new Problem("figure", Enumerable.Range(0, size).Select(Problem.NameOf), [new Clause(Enumerable.Range(0, size), [beginning.With([.. Enumerable.Range(0, size)])])], []);
        Diagram diagram;
        try
        {
            diagram = Diagram.Build(problem, random, Drawing);
        }
        catch (GeometryException)
        {
            return null;
        }
        for (var tries = 0; problem.PointNames.Length < count && tries < TriesForPoint * count; tries++)
        {
            var extended = problem.With([Problem.NameOf(problem.PointNames.Length)], [Clause(problem.PointNames.Length, random)]);
            if (diagram.TryExtend(extended, random, Drawing, 2) is not { } drawn) continue;
            (problem, diagram) = (extended, drawn);
        }
        return problem.PointNames.Length < options.MinPoints ? null : (problem, Normalised(diagram));
    }

    Clause Clause(int point, SplitMix64 random)
    {
        if (random.NextDouble() < Placed) return new Clause([point], [Construction(Draw(Places, random), point, random)]);
        var one = Construction(Draw(Loci, random), point, random);
        return random.NextDouble() < Free ? new Clause([point], [one]) : new Clause([point], [one, Construction(Draw(Loci, random), point, random)]);
    }

    /// <summary>With different old points at random.</summary>
    Construction Construction(string word, int point, SplitMix64 random)
    {
        var definition = _definitions[word];
        var arguments = new int[definition.Parameters.Length];
        Array.Fill(arguments, -1);
        foreach (var position in definition.NewPoints) arguments[position] = point;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] >= 0) continue;
            int drawn;
            do drawn = random.Next(point);
            while (arguments.Contains(drawn));
            arguments[i] = drawn;
        }
        return definition.With(arguments);
    }

    static string Draw((string Word, double Weight)[] words, SplitMix64 random)
    {
        var place = random.NextDouble() * words.Sum(word => word.Weight);
        foreach (var (word, weight) in words)
            if ((place -= weight) < 0) return word;
        return words[^1].Word;
    }

    /// <summary>Centroid zero and radius one, as engine and search expect.</summary>
    static Diagram Normalised(Diagram diagram)
    {
        var (centreX, centreY) = (diagram.X.Average(), diagram.Y.Average());
        var radius = Enumerable.Range(0, diagram.Count).Max(i => Math.Sqrt(Math.Pow(diagram.X[i] - centreX, 2) + Math.Pow(diagram.Y[i] - centreY, 2)));
        return new Diagram([.. diagram.X.Select(x => (x - centreX) / radius)], [.. diagram.Y.Select(y => (y - centreY) / radius)], diagram.Unit / radius);
    }
}
