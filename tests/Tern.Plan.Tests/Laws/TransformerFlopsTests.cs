using Tern.Models;
using Tern.Plan.Laws;
using Tern.Testing;

namespace Tern.Plan.Tests.Laws;

public sealed class TransformerFlopsTests
{
    /// <summary>Table A4 of Hoffmann et al. 2022: layers, widths, heads; operations as karpathy/nanoGPT's scaling_laws.ipynb prints them, and the paper's ratio to 6 N D.</summary>
    [Theory]
    [InlineData(10, 640, 2560, 10, 64, 929_877_196_800, 73_825_280, 1.03)]
    [InlineData(20, 1024, 4096, 16, 64, 4_135_248_199_680, 305_707_008, 1.10)]
    [InlineData(24, 1280, 5120, 10, 128, 7_353_453_772_800, 552_604_160, 1.08)]
    [InlineData(26, 1792, 7168, 14, 128, 14_670_316_437_504, 1_143_453_696, 1.04)]
    [InlineData(28, 2048, 8192, 16, 128, 20_220_437_594_112, 1_593_126_912, 1.03)]
    [InlineData(40, 3584, 14336, 28, 128, 83_021_046_743_040, 6_796_274_688, 0.99)]
    public void Operations_are_those_of_table_A4_of_Chinchilla(int layers, int width, int feedForward, int heads, int headDim, long operations, long parameters, double ratio)
    {
        const int Length = 2048;
        var flops = TransformerFlops.Of(new TransformerShape
        {
            VocabSize = 32_000,
            HiddenSize = width,
            Heads = heads,
            KeyValueHeads = heads,
            HeadDim = headDim,
            IntermediateSize = feedForward,
            FeedForwardMatrices = 2,
            Windows = new int[layers],
        }, Length);
        var layersTraining = 3 * flops.Layers;
        Assert.Equal(operations, layersTraining);
        Assert.Equal(ratio, layersTraining / new Allocation(parameters, Length).TrainingFlop, 0.0051);        // the paper prints two decimals
    }

    /// <summary>Every matrix element is multiplied and added once for each token; what is left is attention.</summary>
    [Theory]
    [InlineData("llama")]
    [InlineData("qwen3")]
    [InlineData("phi3")]
    [InlineData("gemma3_text")]
    public void Products_are_two_operations_for_each_element_of_a_matrix(string type)
    {
        var config = TinyModels.All.First(model => model.ModelType == type);
        var matrices = ExpectedTensors.Of(config).Where(tensor => tensor.Shape.Length == 2 && (tensor.Name != "model.embed_tokens.weight" || config.TieWordEmbeddings)).Sum(tensor => (double)tensor.Shape[0] * tensor.Shape[1]);
        var flops = TransformerFlops.Of(config, 16);
        Assert.Equal(2 * 16 * matrices, flops.Forward - flops.Scores - flops.Softmax - flops.Reduction);
        Assert.Equal(3 * flops.Forward / 16, flops.TrainingPerToken);
    }

    [Fact]
    public void Windows_are_those_of_the_architecture()
    {
        Assert.Equal([32, 0], TransformerShape.Of(TinyModels.Gemma2).Windows);
        Assert.Equal([32, 32, 32, 32, 32, 0, 32], TransformerShape.Of(TinyModels.Gemma3).Windows);
        Assert.Equal([32, 32], TransformerShape.Of(TinyModels.Mistral).Windows);
        Assert.Equal([0, 16], TransformerShape.Of(TinyModels.Qwen2 with { SlidingWindow = 16, MaxWindowLayers = 1 }).Windows);
        Assert.Equal([0, 0], TransformerShape.Of(TinyModels.Llama).Windows);
    }

    [Fact]
    public void A_window_bounds_what_a_query_reads()
    {
        var (near, all) = (TransformerFlops.Of(TinyModels.Mistral, 128), TransformerFlops.Of(TinyModels.Mistral with { SlidingWindow = null }, 128));
        Assert.Equal(all.Scores / 4, near.Scores);                 // 32 of 128 positions
        Assert.Equal(all.FeedForward, near.FeedForward);
    }
}
