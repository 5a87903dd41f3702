using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Loop;

/// <summary>What libtorch's matrix product reaches on this machine: the number that a training run is measured against.</summary>
public static class GemmPeak
{
    const int Size = 2048, Rounds = 6;

    /// <summary>Floating-point operations per second of a product of two square matrices of 2048; the best of some rounds. Takes a fraction of a second.</summary>
    public static double Measure(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (left, right) = (randn(Size, Size).to(type), randn(Size, Size).to(type));
        var best = double.PositiveInfinity;
        for (var i = 0; i < Rounds; i++)
        {
            var started = Stopwatch.GetTimestamp();
            using var product = nn.functional.linear(left, right);
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return 2.0 * Size * Size * Size / best;
    }
}
