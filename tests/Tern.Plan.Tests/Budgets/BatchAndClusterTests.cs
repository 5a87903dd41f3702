using Tern.Plan.Budgets;
using Tern.Plan.Laws;

namespace Tern.Plan.Tests.Budgets;

public sealed class BatchAndClusterTests
{
    static PlanRequest Asking(double parameters, double tokens) => new() { Goal = new() { Parameters = parameters, Tokens = tokens }, Law = LawEstimate.Of(PublishedLaw.Named("sardana")) };

    [Theory]
    [InlineData(1e6, 512)]
    [InlineData(1e9, 512)]
    [InlineData(1e12, 2048)]
    public void Stages_of_growing_batches_read_all_tokens(double tokens, int sequenceTokens)
    {
        var plan = BatchPlanner.Plan(tokens, sequenceTokens);
        Assert.Equal(0, plan.WarmUp[0].FromToken);
        Assert.All(plan.WarmUp, stage => Assert.InRange(stage.LearningRateFactor, 0, 1));
        var read = plan.WarmUp.Sum(stage => (double)stage.Steps * stage.Sequences * sequenceTokens);
        Assert.InRange(read, tokens, tokens + plan.WarmUp.Sum(stage => (double)stage.Sequences * sequenceTokens));        // the last step of a stage is a whole one
        foreach (var (earlier, later) in plan.WarmUp.Zip(plan.WarmUp.Skip(1))) Assert.Equal(2 * earlier.Sequences, later.Sequences);
    }

    [Theory]
    [InlineData(1e9)]
    [InlineData(1e12)]
    public void The_batch_is_the_largest_power_of_two_up_to_the_critical_one(double tokens)
    {
        var plan = BatchPlanner.Plan(tokens, 512);
        Assert.Equal(0, plan.Sequences & (plan.Sequences - 1));
        var batch = plan.Sequences * 512.0;
        Assert.True(batch <= plan.CriticalBatchTokens && plan.CriticalBatchTokens < 2 * batch);
        Assert.Equal(Math.Ceiling(tokens / batch), plan.Steps);
        Assert.Equal(plan.CriticalBatchTokens, CriticalBatchScaling.InTokens.BatchTokens(tokens));
        var critical = Assert.Single(plan.Trades, trade => trade.BatchTokens == plan.CriticalBatchTokens);
        Assert.Equal(0.2, critical.ExtraTokens, 1e-9);                  // how the paper defines it
        Assert.All(plan.Trades, trade => Assert.Equal(1, trade.Steps * trade.BatchTokens / trade.Tokens, 1e-9));
    }

    [Fact]
    public void A_batch_is_never_more_than_the_whole_run() => Assert.True(BatchPlanner.Plan(1000, 512) is { Sequences: 1, CriticalBatchTokens: <= 1000 });

    [Fact]
    public void Hours_are_operations_over_the_peak_that_is_reached_and_dollars_their_price()
    {
        var plan = Planner.Plan(Asking(1e9, 2e10) with { Demand = ServingDemand.OfTokens(1e10), Devices = 4, GramsCo2PerKilowattHour = 400 });
        var h100 = DeviceTable.Named("h100");
        Assert.Equal(6e9 * 2e10 / (9.89e14 * 0.5 * 3600), plan.Cluster.TrainingDeviceHours, 1e-9);
        Assert.Equal(plan.Cluster.TrainingDeviceHours / 4 / 24, plan.Cluster.Days, 1e-12);
        Assert.Equal(plan.Cost.TrainingUsd, plan.Cluster.TrainingDeviceHours * h100.UsdPerHour, 1e-9);
        Assert.Equal(plan.Cost.PromptUsd + plan.Cost.GenerationUsd, plan.Cluster.ServingDeviceHours * h100.UsdPerHour, 1e-9);
        var kilowattHours = (plan.Cluster.TrainingDeviceHours + plan.Cluster.ServingDeviceHours) * 0.7;
        Assert.Equal(kilowattHours, plan.Cluster.KilowattHours!.Value, 1e-9);
        Assert.Equal(kilowattHours * 0.4, plan.Cluster.KilogramsCo2!.Value, 1e-9);
    }

    [Fact]
    public void Memory_says_what_a_served_weight_takes()
    {
        var plan = Planner.Plan(Asking(70e9, 1.4e12));
        Assert.Equal(16 * 70e9, plan.Cluster.TrainingStateBytes);
        Assert.Equal(14, plan.Cluster.DevicesForMemory);                // 1,120 GB on 80 GB each
        Assert.Equal((8, 70e9), (plan.Cluster.ServingWeightBits, plan.Cluster.ServingWeightBytes));
        var four = Planner.Plan(Asking(70e9, 1.4e12) with { ServingBits = new(4) });
        Assert.Equal((4, 35e9), (four.Cluster.ServingWeightBits, four.Cluster.ServingWeightBytes));
    }

    [Fact]
    public void Days_ask_for_devices()
    {
        var plan = Planner.Plan(Asking(7e9, 1.4e12) with { Days = 10 });
        Assert.True(plan.Cluster.Days <= 10);
        Assert.True(plan.Cluster.TrainingDeviceHours / 24 / (plan.Cluster.Devices - 1) > 10);
    }

    [Theory]
    [InlineData(3e5)]
    [InlineData(1e7)]
    [InlineData(1e9)]
    [InlineData(7e9)]
    [InlineData(70e9)]
    public void Shapes_have_nearly_the_parameters_that_are_asked_for(double parameters)
    {
        var shape = ModelShape.For(parameters);
        Assert.Equal(1, shape.Parameters / parameters, 0.06);           // whole layers and heads
        Assert.Equal(0, shape.HiddenSize % shape.Heads);
    }

    /// <summary>The rule of thumb for operations without rounding against the product by product count of the shape.</summary>
    [Fact]
    public void Operations_of_the_rule_are_those_of_the_shape()
    {
        foreach (var parameters in (double[])[1e8, 7e9])
        {
            var shape = ModelShape.For(parameters);
            var exact = TransformerFlops.Of(new TransformerShape
            {
                VocabSize = shape.VocabularySize,
                HiddenSize = shape.HiddenSize,
                Heads = shape.Heads,
                KeyValueHeads = shape.Heads,
                HeadDim = shape.HiddenSize / shape.Heads,
                IntermediateSize = shape.IntermediateSize,
                Windows = new int[shape.Layers],
            }, 2048).ForwardPerToken;
            Assert.Equal(1, ModelShapeRule.ForwardFlopPerToken(parameters, 2048) / exact, 0.06);      // whole layers and heads
        }
    }
}
