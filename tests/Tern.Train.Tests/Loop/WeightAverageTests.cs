using Tern.Train.Loop;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Tests.Loop;

public sealed class WeightAverageTests
{
    static TrainedParameter Weight(Tensor value) => new("weight", value.requires_grad_(), ParameterRole.Matrix);

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.9995)]
    public void The_average_of_constant_weights_is_the_weights_whatever_it_began_with(double decay)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var weight = Weight(randn(5, 7));
        using var average = new WeightAverage([weight], decay);
        using (no_grad()) weight.Value.copy_(randn(5, 7));
        for (var step = 1; step <= 50; step++)
        {
            average.Add(step);
            Assert.True(average.Values[0].Value.Equals(weight.Value.detach()));
        }
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.95)]
    [InlineData(0.9995)]
    public void The_average_is_the_weighted_sum_of_all_weights_so_far(double decay)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        const int Steps = 60;
        var path = randn([Steps, 9], dtype: ScalarType.Float64);
        var weight = Weight(zeros(9));
        using var average = new WeightAverage([weight], decay);
        for (var step = 1; step <= Steps; step++)
        {
            using (no_grad()) weight.Value.copy_(path[step - 1]);
            average.Add(step);
            var shares = (1 - decay) * pow(decay, step - arange(1, step + 1, ScalarType.Float64)) / (1 - Math.Pow(decay, step));
            var expected = shares.unsqueeze(0).mm(path.narrow(0, 0, step)).squeeze(0);
            Assert.True((expected - average.Values[0].Value).abs().max().item<double>() < 3e-6);       // 60 roundings of float32 numbers up to 4
        }
    }

    [Fact]
    public void Swapping_twice_restores_weights_and_average_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        var weight = Weight(randn(11));
        using var average = new WeightAverage([weight], 0.9);
        average.Add(1);
        using (no_grad()) weight.Value.copy_(randn(11));
        average.Add(2);
        Tensor trained = weight.Value.detach().clone(), averaged = average.Values[0].Value.clone();
        average.Swap();
        Assert.True(weight.Value.detach().Equals(averaged));
        average.Swap();
        Assert.True(weight.Value.detach().Equals(trained));
        Assert.True(average.Values[0].Value.Equals(averaged));
    }
}
