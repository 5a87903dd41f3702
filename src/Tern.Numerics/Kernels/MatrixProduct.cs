using Tern.Numerics.Threading;

namespace Tern.Numerics.Kernels;

/// <summary>
/// One pass over up to three matrices that read the same input (q, k and v; gate and up): one parallel loop, one barrier.
/// </summary>
public unsafe struct MatrixProduct : IParallelBody
{
    /// <summary>Every chunk begins with a wait for memory, which few large ones keep rare; a thread that was held up leaves some to the others.</summary>
    const int ChunksPerThread = 4;

    Activations _input;
    WeightMatrix _first;
    WeightMatrix? _second, _third;
    float* _firstOutput, _secondOutput, _thirdOutput;
    int _secondStart, _thirdStart;

    /// <summary>output[token, row] = input[token, :] . matrix[row, :]; outputs are [tokens, rows] without gaps.</summary>
    public static void Run(
        WorkerTeam team, Activations input, WeightMatrix first, float* firstOutput,
        WeightMatrix? second = null, float* secondOutput = null, WeightMatrix? third = null, float* thirdOutput = null)
    {
        var body = new MatrixProduct
        {
            _input = input,
            _first = first,
            _second = second,
            _third = third,
            _firstOutput = firstOutput,
            _secondOutput = secondOutput,
            _thirdOutput = thirdOutput,
            _secondStart = first.Units,
            _thirdStart = first.Units + (second?.Units ?? 0),
        };
        var units = body._thirdStart + (third?.Units ?? 0);
        team.For(ref body, units, Math.Max(1, units / (team.Threads * ChunksPerThread)));
    }

    public readonly void Run(int start, int end, int worker)
    {
        Part(_first, _firstOutput, start, end, 0);
        if (_second is not null) Part(_second, _secondOutput, start, end, _secondStart);
        if (_third is not null) Part(_third, _thirdOutput, start, end, _thirdStart);
    }

    readonly void Part(WeightMatrix matrix, float* output, int start, int end, int offset)
    {
        var from = Math.Max(start - offset, 0);
        var to = Math.Min(end - offset, matrix.Units);
        if (from < to) matrix.MultiplyUnits(_input, output, matrix.Rows, from, to);
    }
}
