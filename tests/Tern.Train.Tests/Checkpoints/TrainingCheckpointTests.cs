using Tern.Models;
using Tern.Testing;
using Tern.Train.Checkpoints;
using Tern.Train.Optimizers;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Tests.Checkpoints;

public sealed class TrainingCheckpointTests : IDisposable
{
    const int NoSpace = 28;                                                  // ENOSPC

    readonly TemporaryFolder _folder = new();
    readonly TrainedParameter _weight = new("weight", ones(3, 4).requires_grad_(), ParameterRole.Matrix);

    public void Dispose()
    {
        _weight.Value.Dispose();
        _folder.Dispose();
    }

    /// <summary>An optimiser with one tensor of state, whose disk may fill up when that is asked for.</summary>
    sealed class OneMoment(bool diskIsFull) : IOptimizer
    {
        readonly Tensor _moment = full([3, 4], 0.5);

        public IEnumerable<(string Name, Tensor Value)> State
        {
            get
            {
                yield return ("moment", _moment);
                if (diskIsFull) throw new IOException("No space left on device", NoSpace);
            }
        }

        public void Step(double learningRate)
        {
        }

        public void Restore(IReadOnlyDictionary<string, Tensor> state) => Assert.Equal(_moment, state["moment"]);

        public void Dispose() => _moment.Dispose();
    }

    [Fact]
    public void A_checkpoint_that_fails_half_way_is_told_and_the_one_before_it_is_restored()
    {
        using var frozen = no_grad();
        var checkpoints = new TrainingCheckpoint(_folder["checkpoints"], keep: 1);
        using var optimizer = new OneMoment(diskIsFull: false);
        using var failing = new OneMoment(diskIsFull: true);
        checkpoints.Save(new TrainingPosition(4, 1.5, 0, "run"), [_weight], optimizer, null);

        _weight.Value.add_(1);
        var problem = Assert.Throws<TernException>(() => checkpoints.Save(new TrainingPosition(8, 1.4, 0, "run"), [_weight], failing, null));

        Assert.Equal($"{_folder["checkpoints/step-00000008"]}: the disk is full; what was there before is intact. Free some space or choose another folder.", problem.Message);
        Assert.Equal([_folder["checkpoints/step-00000004"]], Directory.GetFileSystemEntries(_folder["checkpoints"]));
        Assert.Equal(new TrainingPosition(4, 1.5, 0, "run"), checkpoints.Restore("run", [_weight], optimizer, null));
        Assert.All(_weight.Value.data<float>(), value => Assert.Equal(1, value));
    }

    [Fact]
    public void A_position_of_before_there_were_awaited_evaluations_awaits_none()
    {
        using var optimizer = new OneMoment(diskIsFull: false);
        var checkpoints = new TrainingCheckpoint(_folder["checkpoints"], keep: 1);
        checkpoints.Save(new TrainingPosition(4, null, 0, "run"), [_weight], optimizer, null);
        File.WriteAllText(_folder["checkpoints/step-00000004/position.json"], """{"Step":4,"BestLoss":null,"EvaluationsSinceBest":0,"Run":"run"}""");
        Assert.False(checkpoints.Restore("run", [_weight], optimizer, null)!.AwaitsEvaluation);
    }
}
