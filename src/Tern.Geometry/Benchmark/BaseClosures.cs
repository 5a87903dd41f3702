using System.Diagnostics;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;
using Tern.Geometry.Language;

namespace Tern.Geometry.Benchmark;

/// <summary>The closure of one problem, without auxiliary points, to the end.</summary>
/// <param name="Cold">Seconds of the first time.</param>
/// <param name="Warm">Seconds of the second.</param>
/// <param name="IsSolved">The goals follow.</param>
public sealed record ClosureRow(string Problem, int Points, double Cold, double Warm, bool IsSolved);

/// <summary>All closures one after the other, on one core. What cannot be drawn is left out.</summary>
/// <param name="Problems">Those that cannot be drawn included.</param>
/// <param name="Cold">Seconds together, the compilation of the engine included where nothing ran before.</param>
/// <param name="Warm">Seconds together, of a second pass over all.</param>
/// <param name="Drawing">Seconds of the diagrams, which are in neither.</param>
/// <param name="Solved">Of the rows.</param>
public sealed record BaseClosures(ulong Seed, int Problems, double Cold, double Warm, double Drawing, int Solved, IReadOnlyList<ClosureRow> Rows)
{
    /// <exception cref="OperationCanceledException"/>
    public static BaseClosures Measure(IReadOnlyList<Problem> problems, ulong seed, CancellationToken cancellation = default)
    {
        var started = Stopwatch.GetTimestamp();
        var drawn = new List<(Problem Problem, Diagram Diagram)>();
        foreach (var problem in problems)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                if (problem.PointNames.Length <= Figure.MaxPoints) drawn.Add((problem, Diagram.Build(problem, seed)));
            }
            catch (GeometryException)
            {
                // Its own row of the benchmark says why.
            }
        }
        var drawing = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var cold = Pass();
        var warm = Pass();
        var rows = drawn.Select((entry, i) => new ClosureRow(entry.Problem.Name, entry.Problem.PointNames.Length, cold[i].Seconds, warm[i].Seconds, warm[i].IsSolved)).ToList();
        return new(seed, problems.Count, rows.Sum(row => row.Cold), rows.Sum(row => row.Warm), drawing, rows.Count(row => row.IsSolved), rows);

        List<(double Seconds, bool IsSolved)> Pass() => drawn.ConvertAll(entry =>
        {
            var began = Stopwatch.GetTimestamp();
            var closure = Closure.Of(entry.Problem, entry.Diagram, cancellation: cancellation);
            return (Stopwatch.GetElapsedTime(began).TotalSeconds, closure.IsSolved);
        });
    }
}
