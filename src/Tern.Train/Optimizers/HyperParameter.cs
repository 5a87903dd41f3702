using Tern.Models;

namespace Tern.Train.Optimizers;

/// <summary>The ranges that hyper-parameters of optimisers must lie in.</summary>
static class HyperParameter
{
    /// <exception cref="TernException">The condition does not hold: the message names the key of the recipe, its value and the range.</exception>
    public static void Require(bool condition, string key, double value, string range)
    {
        if (!condition)
        {
            throw new TernException($"optimizer.{key} is {value}; it must be {range}.");
        }
    }

    /// <summary>What all optimisers with two moments and decay require; NaN fails every one of the comparisons.</summary>
    public static void RequireAdam(OptimizerChoice choice, double beta1, double beta2, double epsilon)
    {
        RequireRates(choice);
        Require(beta1 is >= 0 and < 1, "beta1", beta1, "at least 0 and less than 1");
        Require(beta2 is >= 0 and < 1, "beta2", beta2, "at least 0 and less than 1");
        Require(epsilon is >= 0 and < double.PositiveInfinity, "epsilon", epsilon, "a number of at least 0");
    }

    public static void RequireRates(OptimizerChoice choice)
    {
        Require(choice.LearningRate is >= 0 and < double.PositiveInfinity, "learning_rate", choice.LearningRate, "a number of at least 0");
        Require(choice.WeightDecay is >= 0 and < double.PositiveInfinity, "weight_decay", choice.WeightDecay, "a number of at least 0");
    }
}
