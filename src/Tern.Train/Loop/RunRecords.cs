using Tern.Train.Metrics;
using Tern.Train.Recipes;

namespace Tern.Train.Loop;

/// <summary>What a run leaves in its folder for people: metrics.jsonl, a TensorBoard event file, and report.html, made anew at every evaluation.</summary>
sealed class RunRecords : IDisposable
{
    readonly Recipe _recipe;
    readonly MetricsLog _log;
    readonly TensorBoardEvents? _events;

    /// <param name="recipe">Of the run; its folder exists.</param>
    /// <param name="step">That the run goes on from: later lines of metrics.jsonl are dropped.</param>
    public RunRecords(Recipe recipe, long step)
    {
        _recipe = recipe;
        _log = MetricsLog.Open(MetricsFile, step);
        _events = recipe.Log.TensorBoard ? TensorBoardEvents.Open(recipe.Output, step) : null;
    }

    string MetricsFile => Path.Combine(_recipe.Output, "metrics.jsonl");

    public void Add(TrainingEvent what)
    {
        switch (what)
        {
            case TrainingInterval at:
                Write(at.Metrics);
                break;
            case HeldOutEvaluation at:
                Write(at.Metrics);
                Report();
                break;
            case PostTrainingEvaluation at:
                _log.Write(at.Metrics);                                          // no curve over steps: nothing for TensorBoard
                Report();
                break;
        }
    }

    void Report() => TrainingReport.Write(Path.Combine(_recipe.Output, "report.html"), MetricsFile, _recipe);

    void Write(MetricsLine line)
    {
        _log.Write(line);
        _events?.Write(line);
    }

    public void Dispose()
    {
        _log.Dispose();
        _events?.Dispose();
    }
}
