using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;
using Tern.Numerics.Threading;

namespace Tern.Numerics.Tests.Kernels;

public sealed unsafe class MatrixProductTests
{
    // One, two or three matrices of different types and of rows that do not fill their last unit; every thread count, chunks of all sizes.
    static readonly (TensorType Type, int Rows)[] Parts = [(TensorType.Q4_0, 83), (TensorType.F32, 16), (TensorType.Q8_0, 1)];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Matrices_multiplied_together_give_the_bits_of_each_alone(int count)
    {
        const int columns = 64, tokens = 5;
        foreach (var level in Isa.Available)
        {
            for (var threads = 1; threads <= 3; threads++)
            {
                using var team = new WorkerTeam(threads);
                MatrixCase[] cases = [.. Parts.Select((part, i) => new MatrixCase(part.Type, part.Rows, columns, tokens, Scales.Usual, null, Inputs.Gaussian, slack: 0, seed: i))];
                WeightMatrix[] matrices = [.. cases.Select(item => item.Matrix(team, level))];
                var outputs = cases.Select(item => new float[tokens * item.Rows]).ToArray();
                fixed (float* first = outputs[0], second = outputs[1], third = outputs[2])
                {
                    MatrixProduct.Run(
                        team, cases[0].Input, matrices[0], first, count > 1 ? matrices[1] : null, count > 1 ? second : null,
                        count > 2 ? matrices[2] : null, count > 2 ? third : null);
                }
                for (var i = 0; i < 3; i++)
                {
                    // The input of the product is that of the first case.
                    var alone = new float[outputs[i].Length];
                    fixed (float* output = alone)
                        if (i < count) matrices[i].MultiplyUnits(cases[0].Input, output, cases[i].Rows, 0, matrices[i].Units);
                    Assert.Equal(alone, outputs[i]);
                }
                foreach (var matrix in matrices) matrix.Dispose();
                foreach (var item in cases) item.Dispose();
            }
        }
    }
}
