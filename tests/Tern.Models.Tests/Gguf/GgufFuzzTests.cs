using System.Buffers.Binary;
using Tern.Models.Gguf;
using Tern.Numerics.Formats;
using Tern.Testing;

namespace Tern.Models.Tests.Gguf;

/// <summary>Whatever happens to the bytes of a file, opening it ends in a model or in a message.</summary>
public class GgufFuzzTests
{
    /// <summary>Values that lengths, counts and offsets overflow at.</summary>
    static readonly ulong[] Extremes =
    [
        0, 1, 2, 5, 31, 33, 255, 65_536, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, 1UL << 60, 1UL << 61, 1UL << 62, 1UL << 63,
        long.MaxValue, ulong.MaxValue, ulong.MaxValue - 31,
    ];

    [Theory]
    [InlineData("llama", 1)]
    [InlineData("gemma3_text", 2)]
    [InlineData("phi3", 3)]
    public void Damaged_models_open_or_are_refused_with_a_message(string modelType, int seed)
    {
        using var folder = new TemporaryFolder();
        using (var source = TinyModels.Random(TinyModels.All.Single(config => config.ModelType == modelType)))
            GgufExport.Write(folder["model.gguf"], source, _ => TensorType.Q8_0, cancellation: TestContext.Current.CancellationToken);
        var original = File.ReadAllBytes(folder["model.gguf"]);
        using var file = GgufFile.Open(folder["model.gguf"]);
        var header = (int)file.Tensors.Min(info => info.Offset);
        var random = new Random(seed);
        var refused = 0;
        for (var i = 0; i < 1000; i++)
        {
            File.WriteAllBytes(folder["damaged.gguf"], Damage(original, header, random));
            refused += OpenOrRefuse(folder["damaged.gguf"]) ? 0 : 1;
        }

        Assert.InRange(refused, 300, 1000);                        // the damage was not harmless
    }

    static byte[] Damage(byte[] original, int header, Random random)
    {
        var bytes = original.ToArray();
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var at = random.Next(header - 8);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), Extremes[random.Next(Extremes.Length)]);
                    break;
                case 2:
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), (uint)Extremes[random.Next(Extremes.Length)]);
                    break;
                default:
                    original.AsSpan(random.Next(header - 8), 8).CopyTo(bytes.AsSpan(at));
                    break;
            }
        }

        return random.Next(8) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    static unsafe bool OpenOrRefuse(string path)
    {
        try
        {
            using var model = GgufModel.Open(path);
            var sum = 0;
            foreach (var tensor in model.Weights.Tensors) sum += tensor.Data[0] + tensor.Data[tensor.ByteLength - 1];
            return sum >= 0;
        }
        catch (TernException problem)
        {
            Assert.StartsWith(path, problem.Message);
            return false;
        }
    }
}
