using Tern.Papers.Results;

namespace Tern.Papers.Tests;

public sealed class ExperimentTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("tern-experiment-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_finished_trial_is_not_run_again()
    {
        var runs = 0;
        Trial Ask(Experiment experiment) => experiment.Trial("first", "setting", _ =>
        {
            runs++;
            return Loss(3.5);
        });
        Assert.Equal(3.5, Ask(NewExperiment()).Values["loss"]);
        var again = Ask(NewExperiment());
        Assert.Equal(1, runs);
        Assert.Equal(3.5, again.Values["loss"]);
        Assert.Equal([new CurvePoint(1, 3.5)], again.Curves["loss"]);
    }

    [Fact]
    public void Another_setting_is_another_trial()
    {
        var experiment = NewExperiment();
        experiment.Trial("a", "learning rate 1", _ => Loss(1));
        Assert.Equal(2, experiment.Trial("a", "learning rate 2", _ => Loss(2)).Values["loss"]);
        Assert.Equal(2, experiment.Trials.Count);
    }

    [Fact]
    public void A_run_that_diverged_is_kept_too() =>
        Assert.Equal(double.PositiveInfinity, new[] { NewExperiment(), NewExperiment() }.Select(experiment => experiment.Trial("a", "b", _ => Loss(double.PositiveInfinity))).Last().Values["loss"]);

    [Fact]
    public void Cancelling_keeps_what_was_finished()
    {
        using var source = new CancellationTokenSource();
        NewExperiment().Trial("a", "a", _ => Loss(1));
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => CancelledBy(source.Token).Trial("b", "b", _ => Loss(1)));
        Assert.Single(Directory.GetFiles(Path.Combine(_folder, "trials")));
    }

    Experiment NewExperiment() => CancelledBy(TestContext.Current.CancellationToken);

    Experiment CancelledBy(CancellationToken cancellation) => new(ReproductionScale.Quick, "text.txt", _folder, 1, _ => { }, cancellation);

    static TrialNumbers Loss(double loss) => new(new Dictionary<string, double> { ["loss"] = loss }, new Dictionary<string, IReadOnlyList<CurvePoint>> { ["loss"] = [new(1, loss)] });
}
