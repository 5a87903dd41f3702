using Tern.Models.Gguf;
using Tern.Numerics.Formats;
using Tern.Testing;

namespace Tern.Models.Tests;

public sealed class FiniteWeightsTests : IDisposable
{
    const string Damaged = "model.layers.1.mlp.up_proj.weight";

    readonly TemporaryFolder folder = new();

    public static TheoryData<TensorType> Types => [.. WeightFormats.All.Where(format => format.CanEncode && GgmlType.Find(format.Type) is not null).Select(format => format.Type)];

    [Theory]
    [MemberData(nameof(Types))]
    public unsafe void A_row_with_a_bad_scale_is_found_in_every_format(TensorType type)
    {
        using (var source = TinyModels.Random(TinyModels.Llama with { HiddenSize = 256, IntermediateSize = 256 }))
            GgufExport.Write(folder["sound.gguf"], source, _ => type, cancellation: TestContext.Current.CancellationToken);
        var bytes = File.ReadAllBytes(folder["sound.gguf"]);
        using (var sound = ModelOnDisk.Open(folder["sound.gguf"]))
        {
            sound.CheckTensors(TestContext.Current.CancellationToken);
            var tensor = sound.Weights[Damaged];
            Assert.Equal(type, tensor.Type);
            var row = (int)(tensor.ByteLength / tensor.Rows);
            // All ones are NaN in every type of floats, that of the scales included.
            bytes.AsSpan(bytes.AsSpan().IndexOf(new ReadOnlySpan<byte>(tensor.Data, (int)tensor.ByteLength)) + 3 * row, 2 * row).Fill(0xff);
        }
        File.WriteAllBytes(folder["damaged.gguf"], bytes);
        using var damaged = ModelOnDisk.Open(folder["damaged.gguf"]);
        var problem = Assert.Throws<TernException>(() => damaged.CheckTensors(TestContext.Current.CancellationToken));
        Assert.Contains($"damaged.gguf: the tensor '{Damaged}' holds NaN in row 3, column 0", problem.Message);
    }

    [Theory]
    [InlineData(TensorType.F16, 65519f, 65520f)]
    [InlineData(TensorType.BF16, 3.39e38f, 3.4e38f)]
    [InlineData(TensorType.Q8_0, 65504f, 65505f)]
    public void Weights_are_refused_from_where_they_would_become_infinite(TensorType type, float held, float refused)
    {
        var weights = new float[32];
        var blocks = new byte[type.BytesFor(32)];
        var decoded = new float[32];
        weights[31] = -held;
        FiniteWeights.Require("file", "tensor", 0, weights, type);
        WeightFormats.Of(type).Encode(weights, blocks);
        WeightFormats.Of(type).Decode(blocks, decoded);
        Assert.True(float.IsFinite(decoded[31]));
        weights[31] = -refused;
        Assert.Contains("row 0, column 31", Assert.Throws<TernException>(() => FiniteWeights.Require("file", "tensor", 0, weights, type)).Message);
    }

    [Fact]
    public void The_check_can_be_cancelled()
    {
        using var model = TinyModels.Random(TinyModels.Llama);
        Assert.ThrowsAny<OperationCanceledException>(() => model.CheckTensors(new CancellationToken(canceled: true)));
    }

    public void Dispose() => folder.Dispose();
}
