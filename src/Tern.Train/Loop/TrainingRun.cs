using System.Diagnostics;
using System.Globalization;
using Tern.Models;
using Tern.Models.Tokenizers;
using Tern.Train.Adapters;
using Tern.Train.Architectures;
using Tern.Train.Checkpoints;
using Tern.Train.Data;
using Tern.Train.Export;
using Tern.Train.Metrics;
using Tern.Train.Noise;
using Tern.Train.Optimizers;
using Tern.Train.Precision;
using Tern.Train.Recipes;
using Tern.Train.Torch;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Loop;

/// <summary>
/// One training run, from its recipe: prepared (tokens, model, optimiser, the checkpoint it goes on from), then run to its end. A run that is killed at any moment and
/// prepared again goes on from its last checkpoint with the same bits as if nothing had happened: dropout and the order of the data depend on seed and step alone.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    readonly Recipe _recipe;
    readonly Tokenizer _tokenizer;
    readonly string? _chatTemplate;
    readonly TrainingData _data;
    readonly CausalModel _model;
    readonly IOptimizer _optimizer;
    readonly WeightAverage? _average;
    readonly GradientStep _gradients;
    readonly LayerwiseUpdate? _layerwise;
    readonly GradientNoiseMeter? _noise;
    readonly TrainingCheckpoint _checkpoints;
    readonly string _identity;
    TrainingPosition _position;
    long _savedAt = -1;
    HeldOutEvaluation? _evaluated;

    internal TrainingRun(Recipe recipe, Tokenizer tokenizer, string? chatTemplate, TrainingData data, CausalModel model, string identity)
    {
        (_recipe, _tokenizer, _chatTemplate, _data, _model, _identity) = (recipe, tokenizer, chatTemplate, data, model, identity);
        Steps = StepsOf(recipe, data.SequencesPerEpoch);
        Estimate = TrainingEstimate.Of(recipe, model, Steps);
        _optimizer = recipe.Optimizer.Build(model.Trained);
        _layerwise = recipe.PerLayerUpdates ? new LayerwiseUpdate(_optimizer) : null;
        _average = recipe.EmaDecay > 0 ? new WeightAverage(model.Trained, recipe.EmaDecay) : null;
        _noise = recipe.GradientNoise is { } noise ? new GradientNoiseMeter(noise, model.Trained, AdamMetric.Of(recipe.Optimizer, _optimizer)) : null;
        var activations = ActivationEstimate.Of(recipe, model);
        var gradients = recipe.PerLayerUpdates ? 0 : Estimate.GradientBytes;                // what is updated by itself comes and goes
        _gradients = new GradientStep(model, _recipe.Precision.ComputeType, recipe.Objective.ZLoss, recipe.RecomputesLayers, () => new KeptMemory(gradients, activations, Estimate.WorkspaceBytes));
        _checkpoints = new TrainingCheckpoint(Path.Combine(recipe.Output, "checkpoints"), recipe.Checkpoints.Keep);
        _position = new TrainingPosition(0, null, 0, identity);
    }

    /// <summary>Optimiser steps of the whole run.</summary>
    public long Steps { get; }

    /// <summary>Steps that are done.</summary>
    public long Step => _position.Step;

    /// <summary>What it costs, but for the time.</summary>
    public TrainingEstimate Estimate { get; }

    /// <summary>Bytes of the state that the optimiser holds, measured on its tensors.</summary>
    public long OptimizerStateBytes => _optimizer.State.Sum(state => state.Value.numel() * state.Value.element_size());

    /// <summary>What it costs, with the time, for which a matrix product is measured: a fraction of a second.</summary>
    public TrainingEstimate EstimateWithTime() => Estimate with { PeakFlopsPerSecond = GemmPeak.Measure(_recipe.Precision.ComputeType) };

    /// <summary>Where the finished model goes.</summary>
    public string ModelFolder => Path.Combine(_recipe.Output, "model");

    /// <summary>Where the adapter of a pretrained model goes, as PEFT reads it.</summary>
    public string AdapterFolder => Path.Combine(_recipe.Output, "adapter");

    string BestFile => Path.Combine(_recipe.Output, "best.safetensors");

    /// <summary>Goes on from the newest checkpoint, if there is one.</summary>
    /// <exception cref="TernException">It is of another recipe or data, or damaged.</exception>
    public void Resume()
    {
        _position = _checkpoints.Restore(_identity, _model.Changing, _optimizer, _average?.Values) ?? _position;
        _savedAt = _position.Step;
        if (_noise is not null && _position.Noise is { } measured) _noise.State = measured;
    }

    /// <summary>Trains to the end, or until it is cancelled, which ends in a checkpoint.</summary>
    /// <param name="events">Told of intervals and evaluations, on this thread.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <exception cref="TernException">A number is not finite, or the disk refuses; the last checkpoint is intact.</exception>
    public TrainingResult Run(Action<TrainingEvent> events, CancellationToken cancellationToken)
    {
        using var records = new RunRecords(_recipe, _position.Step);
        return Run(what =>
        {
            records.Add(what);
            events(what);
        }, _recipe.Log.Utilization ? GemmPeak.Measure(_recipe.Precision.ComputeType) : null, cancellationToken);
    }

    TrainingResult Run(Action<TrainingEvent> events, double? peak, CancellationToken cancellationToken)
    {
        try
        {
            var interval = new IntervalClock(_position.Step);
            while (_position.Step < Steps && !IsOverdue() && !IsReached)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!_position.AwaitsEvaluation) TakeStep(interval, events, peak);
                if (_position.AwaitsEvaluation) Evaluate(events, cancellationToken);
                if (IsDue(_recipe.Checkpoints.Every)) Save();
            }
            return Finish(events, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Interrupted(events);
        }
    }

    void TakeStep(IntervalClock interval, Action<TrainingEvent> events, double? peak)
    {
        var step = _position.Step;
        interval.Start();
        var rate = _recipe.Optimizer.LearningRate * _recipe.Schedule.Factor(step, Steps) * (_recipe.Adapter?.RateFactor(step) ?? 1);
        var (loss, norm) = Learn(step, rate);
        _average?.Add(step + 1);
        interval.Stop(loss);
        _position = _position with { Step = step + 1, Noise = _noise?.State };
        _position = _position with { AwaitsEvaluation = IsDue(_recipe.Evaluation.Every) };
        if (_recipe.Adapter?.RestartsAfter(_position.Step) == true && _position.Step < Steps) RestartAdapters();
        if (_position.Step % Math.Max(1, _recipe.Log.Every) == 0 || _position.Step == Steps) events(IntervalOf(interval, rate, norm, peak));
    }

    /// <summary>One step: the loss before it, and the norm over all gradients.</summary>
    (double Loss, double Norm) Learn(long step, double rate)
    {
        if (_layerwise is { } updates)
        {
            updates.Begin(rate);
            var mean = _gradients.Run(MicroBatches(step), micro => SeedOf(step, micro), updates.Take);
            return (mean, updates.Norm);
        }
        var probe = _noise?.Probe(step);
        var loss = _gradients.Run(MicroBatches(step), micro => SeedOf(step, micro), noise: probe);
        if (probe is not null) _noise!.Add(probe);
        var norm = _gradients.Clip(_recipe.ClipGradientNorm);
        _gradients.BeforeUpdate();
        _optimizer.Step(rate);
        return (loss, norm);
    }

    bool IsDue(int every) => every > 0 && _position.Step % every == 0 && _position.Step < Steps;

    bool IsOverdue() => _recipe.Evaluation.Patience > 0 && _position.EvaluationsSinceBest >= _recipe.Evaluation.Patience;

    /// <summary>The lowest held-out loss so far is below the target: at the first one that is, the run ends.</summary>
    bool IsReached => _recipe.Evaluation.StopBelow is { } target && _position.BestLoss < target;

    TrainingResult Interrupted(Action<TrainingEvent> events)
    {
        Save();
        events(new TrainingNote($"stopped after step {_position.Step} of {Steps}; --resume goes on"));
        return new TrainingResult(_position.Step, _position.BestLoss, null, true);
    }

    TrainingResult Finish(Action<TrainingEvent> events, CancellationToken cancellationToken)
    {
        var last = _evaluated?.Metrics.Step == _position.Step ? _evaluated : Evaluate(events, cancellationToken);
        Save();
        if (IsReached) events(new TrainingNote(string.Create(CultureInfo.InvariantCulture, $"the held-out loss is below {_recipe.Evaluation.StopBelow} after step {_position.Step} of {Steps}")));
        var best = _recipe.Evaluation.Patience > 0 && last is { IsBest: false } && File.Exists(BestFile);
        if (best) TrainingCheckpoint.Copy(BestFile, ValuesOf(_model.Changing));       // the last ones are in the checkpoint
        else _average?.Swap();
        var rounded = last is null ? [] : AfterTraining(events, cancellationToken);
        Export(events, cancellationToken);
        if (!best) _average?.Swap();
        return new TrainingResult(_position.Step, best ? _position.BestLoss : last?.Metrics.HeldOutLoss, ModelFolder, false) { ReachedAt = IsReached ? _position.Step : null, PostTraining = rounded };
    }

    /// <summary>Held-out losses of the weights that are exported, rounded to few bits.</summary>
    List<PostTrainingLoss> AfterTraining(Action<TrainingEvent> events, CancellationToken cancellationToken)
    {
        var losses = new List<PostTrainingLoss>();
        foreach (var rounded in PostTrainingRounding.Losses(_model, _recipe.Evaluation.PostTrainingBits, () => HeldOutLoss(cancellationToken)))
        {
            losses.Add(rounded);
            events(new PostTrainingEvaluation(new PostTrainingMetrics(_position.Step, _position.Step * _recipe.TokensPerStep) { Bits = rounded.Bits, HeldOutLoss = rounded.HeldOutLoss }));
        }
        return losses;
    }

    /// <summary>The model as it is now, adapters merged; and beside it the adapter alone, where there is a model on disk that it fits.</summary>
    void Export(Action<TrainingEvent> events, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        foreach (var old in (string[])[ModelFolder, AdapterFolder])
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
        ModelExport.Write(ModelFolder, _model.Config, ModelExport.WeightsOf(_model), _tokenizer, _recipe.Precision.ComputeType, _chatTemplate, cancellationToken);
        if (_model.Adapters is not { } adapters) return;
        if (_recipe.Model is PretrainedChoice { Path: var path } && adapters.Choice.RestartEvery == 0) AdapterExport.Write(AdapterFolder, adapters, path, cancellationToken);
        else events(new TrainingNote($"no {AdapterFolder}: no model on disk has the weights under this adapter; {ModelFolder} holds it merged"));
    }

    /// <summary>ReLoRA: the adapters move into the weights, and the optimiser forgets what it knew of them.</summary>
    void RestartAdapters()
    {
        var adapters = _model.Adapters!;
        adapters.Restart(_position.Step);
        using var begun = _recipe.Optimizer.Build(adapters.Factors);
        var state = _optimizer.State.ToDictionary(tensor => tensor.Name, tensor => tensor.Value);
        foreach (var (name, value) in begun.State) state[name] = value;
        _optimizer.Restore(state);
    }

    static IReadOnlyList<(string Name, Tensor Value)> ValuesOf(IEnumerable<TrainedParameter> weights) => [.. weights.Select(weight => (weight.Name, weight.Value))];

    List<TokenBatch> MicroBatches(long step)
    {
        var (sequences, micro) = (_recipe.Batch.Sequences, _recipe.Batch.SequencesAtOnce);
        return [.. Enumerable.Range(0, sequences / micro).Select(i => _data.Batch(step * sequences + i * micro, micro))];
    }

    /// <summary>Different for every micro-batch of the run: a bijection of (seed, step, micro) for the sizes that occur.</summary>
    long SeedOf(long step, int micro) => (((long)_recipe.Seed << 20) + step) * 4096 * 128 + micro * 128L;

    TrainingInterval IntervalOf(IntervalClock interval, double rate, double norm, double? peak)
    {
        var perStep = _recipe.TokensPerStep;
        var (steps, seconds, loss) = interval.Take(_position.Step);
        var left = interval.Pace(_position.Step) * (Steps - _position.Step);
        var speed = steps * perStep / Math.Max(seconds, 1e-9);
        var flops = speed * _model.FlopsPerToken(_recipe.Data.SequenceLength);
        return new TrainingInterval(new IntervalMetrics(_position.Step, _position.Step * perStep) { Loss = loss, LearningRate = rate, GradientNorm = norm, TokensPerSecond = speed, FlopsPerSecond = flops, Mfu = flops / peak, Noise = _noise?.Take(_recipe.Batch.Sequences) }, Steps, left);
    }

    HeldOutEvaluation? Evaluate(Action<TrainingEvent> events, CancellationToken cancellationToken)
    {
        if (HeldOutSequences == 0)
        {
            _position = _position with { AwaitsEvaluation = false };
            return null;
        }
        _average?.Swap();
        try
        {
            var loss = HeldOutLoss(cancellationToken);
            if (!double.IsFinite(loss)) throw new DivergenceException($"training: the loss on held-out text is {loss} after step {_position.Step}; the last checkpoint is intact.");
            var isBest = _position.BestLoss is not { } best || loss < best;
            _position = _position with { BestLoss = isBest ? loss : _position.BestLoss, EvaluationsSinceBest = isBest ? 0 : _position.EvaluationsSinceBest + 1, AwaitsEvaluation = false };
            if (isBest && _recipe.Evaluation.Patience > 0) TensorFile.Write(BestFile, ValuesOf(_model.Changing), CancellationToken.None);   // the loss is noted, so its weights must be
            var samples = _recipe.Evaluation.Prompts.Select(prompt => Continuation.Of(_model, _tokenizer, prompt, _recipe.Evaluation.SampleTokens, _recipe.Data.SequenceLength)).ToList();
            var evaluation = new HeldOutEvaluation(new HeldOutMetrics(_position.Step, _position.Step * _recipe.TokensPerStep) { HeldOutLoss = loss }, isBest, samples);
            events(evaluation);
            return _evaluated = evaluation;
        }
        finally
        {
            _average?.Swap();
        }
    }

    int HeldOutSequences => _recipe.Evaluation.Sequences > 0 ? Math.Min(_recipe.Evaluation.Sequences, _data.HeldOutSequences) : _data.HeldOutSequences;

    /// <summary>Of the weights as they are now, nats per target.</summary>
    double HeldOutLoss(CancellationToken cancellationToken)
    {
        const int Rows = 8;
        var count = HeldOutSequences;
        return _gradients.Evaluate(Enumerable.Range(0, (count + Rows - 1) / Rows).Select(i =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return _data.HeldOut(i * Rows, Math.Min(Rows, count - i * Rows));
        }));
    }

    void Save()
    {
        if (_savedAt == _position.Step) return;
        FreedMemory.GiveBack();                             // what is written is gathered beside what malloc keeps of the step
        _checkpoints.Save(_position, _model.Changing, _optimizer, _average?.Values);
        _savedAt = _position.Step;
    }

    static long StepsOf(Recipe recipe, long sequencesPerEpoch)
    {
        if (recipe.Steps is { } steps) return steps;
        if (recipe.Tokens is { } tokens) return (tokens + recipe.TokensPerStep - 1) / recipe.TokensPerStep;
        return (long)Math.Ceiling(recipe.Epochs!.Value * sequencesPerEpoch / recipe.Batch.Sequences);
    }

    public void Dispose()
    {
        _gradients.Dispose();
        _optimizer.Dispose();
        _average?.Dispose();
        _model.Dispose();
        _data.Dispose();
    }

    /// <summary>Time and loss of the steps since the last report.</summary>
    sealed class IntervalClock(long firstStep)
    {
        readonly Stopwatch _watch = new();
        readonly long _begun = Stopwatch.GetTimestamp();
        readonly long _first = firstStep;
        long _reported = firstStep;
        double _loss;

        public void Start() => _watch.Start();

        public void Stop(double loss)
        {
            _watch.Stop();
            _loss += loss;
        }

        public (long Steps, double Seconds, double MeanLoss) Take(long step)
        {
            var taken = (step - _reported, _watch.Elapsed.TotalSeconds, _loss / Math.Max(1, step - _reported));
            (_reported, _loss) = (step, 0);
            _watch.Reset();
            return taken;
        }

        /// <summary>Of a step, with all that was done between steps.</summary>
        public TimeSpan Pace(long step) => Stopwatch.GetElapsedTime(_begun) / Math.Max(1, step - _first);
    }
}
