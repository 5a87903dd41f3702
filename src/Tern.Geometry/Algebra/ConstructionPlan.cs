using System.Collections.Immutable;
using System.Numerics;
using Fractions;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;

namespace Tern.Geometry.Algebra;

/// <summary>A problem's points in the order in which they are placed, each by an equation of its own: Wu's triangular form of the premises.</summary>
/// <param name="Names">Of the points, and of the auxiliary points behind them.</param>
/// <param name="Steps">Up to the obstacle, where there is one.</param>
/// <param name="Obstacle">What could not be expressed, for people; null: all points are placed.</param>
/// <param name="OpenChoices">Roots whose sign matters and could not be told from the diagram.</param>
sealed record ConstructionPlan(ImmutableArray<string> Names, ImmutableArray<Placement> Steps, string? Obstacle, int OpenChoices, ModularFields Fields)
{
    /// <summary>How often values are drawn again because a number has no root before the plan is given up.</summary>
    public const int MostDraws = 1 << 19;

    public IEnumerable<string> Conditions => Steps.SelectMany(step => step.Conditions(Names)).Distinct();

    public IEnumerable<string> Choices => Steps.SelectMany(step => step.Choices(Names)).Distinct();

    /// <summary>All points at random values modulo the next prime; null where none were found in many attempts.</summary>
    public static ModularFigure? Draw(int points, IReadOnlyList<Placement> steps, ModularFields fields, SplitMix64 random, CancellationToken cancellation)
    {
        for (var draw = 0; draw < MostDraws; draw++)
        {
            if (draw % 256 == 0) cancellation.ThrowIfCancellationRequested();
            var figure = new ModularFigure(fields.Next(), random, points);
            foreach (var step in steps)
            {
                step.Place(figure.Places, figure);
                if (figure.IsStuck) break;
            }
            if (!figure.IsStuck) return figure;
        }
        return null;
    }

    public ModularFigure? Draw(SplitMix64 random, CancellationToken cancellation) => Draw(Names.Length, Steps, Fields, random, cancellation);
}

/// <summary>Some primes with roots of unity for all constant angles of a problem, in turn.</summary>
sealed class ModularFields
{
    /// <summary>Angles of a diagram are recognized as multiples of 7.5 degrees: the squares of the roots of 2 and 3 are the constants of most constructions.</summary>
    public const int Turns = 24;

    const int Primes = 6, PrimesToChooseFrom = 24, MostOrder = 20000;

    readonly RootsOfUnity[] _fields;
    int _next;

    ModularFields(RootsOfUnity[] fields) => _fields = fields;

    public int Order => _fields[0].Order;

    /// <summary>Null where the constant angles have no small common denominator.</summary>
    public static ModularFields? For(IEnumerable<Statement> statements, SplitMix64 random)
    {
        var order = CommonOrder(statements, Turns);
        if (order > MostOrder) return null;
        var first = random.Next(PrimesToChooseFrom);
        return new([.. Enumerable.Range(0, Primes).Select(i => new RootsOfUnity(PrimeField.WithRootsOfUnity((int)order, (first + i) % PrimesToChooseFrom), (int)order))]);
    }

    /// <summary>The least order of a root of unity whose powers are all constant angles.</summary>
    public static BigInteger CommonOrder(IEnumerable<Statement> statements, int least)
    {
        BigInteger order = least;
        foreach (var statement in statements)
            if (statement.Predicate.IsAngle() && statement.Value is { } value)
                order = order * value.Denominator / BigInteger.GreatestCommonDivisor(order, value.Denominator);
        return order;
    }

    public RootsOfUnity Next() => _fields[_next = (_next + 1) % _fields.Length];
}
