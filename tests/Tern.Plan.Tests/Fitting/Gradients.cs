using Tern.Plan.Fitting.Minimisation;

namespace Tern.Plan.Tests.Fitting;

/// <summary>Gradients against central differences of the value.</summary>
static class Gradients
{
    public static void AreThoseOfDifferences(IObjective objective, double[] at)
    {
        var (gradient, scratch) = (new double[objective.Dimension], new double[objective.Dimension]);
        objective.Evaluate(at, gradient);
        var scale = Bfgs.Norm(gradient);
        for (var i = 0; i < at.Length; i++)
        {
            const double Step = 1e-6;
            var (above, below) = ((double[])at.Clone(), (double[])at.Clone());
            (above[i], below[i]) = (above[i] + Step, below[i] - Step);
            var difference = (objective.Evaluate(above, scratch) - objective.Evaluate(below, scratch)) / (2 * Step);
            Assert.Equal(difference, gradient[i], 1e-5 * scale);        // the error of the differences: step squared, rounding over step, kinks of Huber's loss
        }
    }
}
