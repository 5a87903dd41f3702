namespace Tern.Plan.Fitting;

/// <summary>One way to fit one law: what resampling, goodness and files of fits need to know of it. A law is its constants, in the order of <see cref="Constants"/>.</summary>
abstract class LawFitter
{
    /// <summary>Names of the constants.</summary>
    public abstract IReadOnlyList<string> Constants { get; }

    /// <summary>What users ask of the constants: names, as many as <see cref="Derive"/> gives values.</summary>
    public abstract IReadOnlyList<string> Derived { get; }

    /// <summary>The constants, searched from everywhere.</summary>
    /// <exception cref="Tern.Models.TernException">The runs do not determine them.</exception>
    public abstract double[] Fit(IReadOnlyList<TrainedModel> runs, CancellationToken cancellationToken);

    /// <summary>The constants for other runs that are much like the first, searched from near; null where those runs do not determine them.</summary>
    public abstract double[]? Refit(IReadOnlyList<TrainedModel> runs, double[] from);

    /// <summary>What follows from the constants.</summary>
    public abstract double[] Derive(double[] constants);

    /// <summary>Runs drawn with replacement; null where the runs leave nothing to draw.</summary>
    public virtual IReadOnlyList<TrainedModel>? Resample(IReadOnlyList<TrainedModel> runs, Random random)
    {
        var drawn = new TrainedModel[runs.Count];
        for (var i = 0; i < drawn.Length; i++) drawn[i] = runs[random.Next(runs.Count)];
        return drawn;
    }

    /// <summary>Residuals of logarithms beyond this are limited in their pull; infinite for least squares.</summary>
    public abstract double Huber { get; }

    /// <summary>The runs that the fit uses.</summary>
    public virtual IReadOnlyList<TrainedModel> Fitted(IReadOnlyList<TrainedModel> runs) => runs;

    /// <summary>Whether a size can be told from the others.</summary>
    public virtual bool LeavesOutSizes => true;

    /// <summary>Whether the law says what a run measured.</summary>
    public virtual bool Predicts => true;

    /// <summary>What the run measured: its loss.</summary>
    public virtual double Measured(TrainedModel run) => run.Loss;

    /// <summary>What the law says in its place.</summary>
    public abstract double Predicted(double[] constants, TrainedModel run);

    /// <summary>Ratio of the largest to the least curvature of the objective at its minimum, by scaled variables; null where the fit has no such objective.</summary>
    public virtual double? ConditionNumber(IReadOnlyList<TrainedModel> runs, double[] constants) => null;

    /// <summary>What the user should know about the constants.</summary>
    public virtual IEnumerable<string> Warnings(IReadOnlyList<TrainedModel> runs, double[] constants) => [];
}
