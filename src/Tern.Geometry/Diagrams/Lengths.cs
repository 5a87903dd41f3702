using Tern.Geometry.Language;

namespace Tern.Geometry.Diagrams;

/// <summary>Statements that give a length in units: they fix the size of a diagram.</summary>
static class Lengths
{
    /// <summary>The mean of the problem's given lengths; one where there are none.</summary>
    public static double TypicalOf(Problem problem)
    {
        var (sum, count) = (0.0, 0);
        foreach (var premise in problem.Premises)
        {
            if (premise.Predicate is not (Predicate.LengthValue or Predicate.SquaredLengthValue)) continue;
            var value = premise.Value!.Value.ToDouble();
            sum += premise.Predicate == Predicate.LengthValue ? value : Math.Sqrt(value);
            count++;
        }
        return count == 0 ? 1 : sum / count;
    }
}
