using Tern.Train.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Tests.Optimizers;

/// <summary>
/// The problem of the golden trajectories: ½‖X W + 1 bᵀ - Y‖² / 12 over 48 rows in four batches, with
/// φ(i, j; a, b, c) = sin(a (i+1) + b (j+1) + c (i+1)(j+1)), X = φ(0.7, 1.3, 0.11), Y = φ(0.3, 0.9, 0.23), W₀ = 0.1 φ(1.1, 0.4, 0.37), b₀ = 0.
/// </summary>
sealed class LeastSquares : IDisposable
{
    const int Rows = 12;
    readonly Tensor _x, _y;

    public LeastSquares(int inputs, int outputs, bool bias)
    {
        (_x, _y) = (Sines(48, inputs, 0.7, 1.3, 0.11), Sines(48, outputs, 0.3, 0.9, 0.23));
        Weight = new TrainedParameter("weight", Sines(inputs, outputs, 1.1, 0.4, 0.37).mul_(0.1).requires_grad_(), ParameterRole.Matrix);
        // The golden values decay the bias too, which the role of a vector would not.
        Bias = bias ? new TrainedParameter("bias", zeros(outputs).requires_grad_(), ParameterRole.Output) : null;
    }

    public TrainedParameter Weight { get; }

    public TrainedParameter? Bias { get; }

    public IReadOnlyList<TrainedParameter> Parameters => Bias is null ? [Weight] : [Weight, Bias];

    /// <summary>Losses before each of the steps.</summary>
    public double[] Run(IOptimizer optimizer, double learningRate, int steps, int start = 0)
    {
        var losses = new double[steps];
        for (var step = 0; step < steps; step++)
        {
            losses[step] = Backward(start + step);
            optimizer.Step(learningRate);
        }

        return losses;
    }

    /// <summary>The loss of a step's batch; leaves its gradients on the parameters.</summary>
    public double Backward(int step)
    {
        using var scope = NewDisposeScope();
        foreach (var parameter in Parameters)
        {
            parameter.Value.grad?.zero_();
        }

        var batch = step % 4 * Rows;
        var output = _x.narrow(0, batch, Rows).mm(Weight.Value);
        var loss = ((Bias is null ? output : output + Bias.Value) - _y.narrow(0, batch, Rows)).square().sum() / (2 * Rows);
        loss.backward();
        return loss.item<float>();
    }

    public void Dispose()
    {
        _x.Dispose();
        _y.Dispose();
        foreach (var parameter in Parameters)
        {
            parameter.Value.Dispose();
        }
    }

    public static float[] Values(Tensor tensor)
    {
        using var flat = tensor.detach().contiguous();
        return flat.data<float>().ToArray();
    }

    /// <summary>Copies of everything that the optimiser would save.</summary>
    public static Dictionary<string, Tensor> Saved(IOptimizer optimizer) => optimizer.State.ToDictionary(entry => entry.Name, entry => entry.Value.clone());

    public static long Bytes(IOptimizer optimizer) => optimizer.State.Sum(entry => entry.Value.numel() * entry.Value.element_size());

    /// <summary>Losses and weights are the same bits when the run is interrupted after <paramref name="first"/> steps.</summary>
    public static void AssertResumes(OptimizerChoice choice, int first, int second)
    {
        using var straight = new LeastSquares(6, 5, bias: true);
        using var resumed = new LeastSquares(6, 5, bias: true);
        using var whole = choice.Build(straight.Parameters);
        straight.Run(whole, 0.02, first + second);
        Dictionary<string, Tensor> saved;
        using (var before = choice.Build(resumed.Parameters))
        {
            resumed.Run(before, 0.02, first);
            saved = Saved(before);
        }

        using var after = choice.Build(resumed.Parameters);
        after.Restore(saved);
        resumed.Run(after, 0.02, second, start: first);
        Assert.Equal(Values(straight.Weight.Value), Values(resumed.Weight.Value));
        Assert.Equal(Values(straight.Bias!.Value), Values(resumed.Bias!.Value));
    }

    static Tensor Sines(int rows, int columns, double a, double b, double c)
    {
        var values = new float[rows * columns];
        for (var i = 0; i < values.Length; i++)
        {
            int row = (i / columns) + 1, column = (i % columns) + 1;
            values[i] = (float)Math.Sin((a * row) + (b * column) + (c * row * column));
        }

        return tensor(values, rows, columns);
    }
}
