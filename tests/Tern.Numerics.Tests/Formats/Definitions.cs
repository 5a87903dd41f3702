using Tern.Numerics.Formats;

namespace Tern.Numerics.Tests.Formats;

/// <summary>Every format block by block through its scalar definition: what the whole-span loops are compared with.</summary>
static class Definitions
{
    public static float[] Decode(TensorType type, byte[] bytes, int count)
    {
        var weights = new float[count];
        Of(type).Decode(bytes, weights);
        return weights;
    }

    public static byte[] Encode(TensorType type, float[] weights, int count)
    {
        var bytes = new byte[count];
        Of(type).Encode(weights, bytes);
        return bytes;
    }

    static IDefinition Of(TensorType type) => type switch
    {
        TensorType.F32 => new Definition<F32>(),
        TensorType.F16 => new Definition<F16>(),
        TensorType.BF16 => new Definition<BF16>(),
        TensorType.F64 => new Definition<F64>(),
        TensorType.F8E4M3 => new Definition<F8E4M3>(),
        TensorType.F8E5M2 => new Definition<F8E5M2>(),
        TensorType.Q4_0 => new Definition<Q4_0>(),
        TensorType.Q4_1 => new Definition<Q4_1>(),
        TensorType.Q5_0 => new Definition<Q5_0>(),
        TensorType.Q5_1 => new Definition<Q5_1>(),
        TensorType.Q8_0 => new Definition<Q8_0>(),
        TensorType.Q2_K => new Definition<Q2_K>(),
        TensorType.Q3_K => new Definition<Q3_K>(),
        TensorType.Q4_K => new Definition<Q4_K>(),
        TensorType.Q5_K => new Definition<Q5_K>(),
        TensorType.Q6_K => new Definition<Q6_K>(),
        TensorType.IQ4_NL => new Definition<IQ4_NL>(),
        TensorType.IQ4_XS => new Definition<IQ4_XS>(),
        TensorType.TQ1_0 => new Definition<TQ1_0>(),
        TensorType.TQ2_0 => new Definition<TQ2_0>(),
        _ => throw new NotSupportedException($"{type}: add it here"),
    };

    interface IDefinition
    {
        void Decode(byte[] bytes, float[] weights);

        void Encode(float[] weights, byte[] bytes);
    }

    sealed class Definition<TFormat> : IDefinition where TFormat : struct, IWeightFormat<TFormat>
    {
        public void Decode(byte[] bytes, float[] weights)
        {
            for (var i = 0; i < weights.Length / TFormat.WeightsPerBlock; i++) TFormat.Decode(Block(bytes, i), Weights(weights, i));
        }

        public void Encode(float[] weights, byte[] bytes)
        {
            for (var i = 0; i < weights.Length / TFormat.WeightsPerBlock; i++) TFormat.Encode(Weights(weights, i), Block(bytes, i));
        }

        static Span<byte> Block(byte[] bytes, int i) => bytes.AsSpan(i * TFormat.BytesPerBlock, TFormat.BytesPerBlock);

        static Span<float> Weights(float[] weights, int i) => weights.AsSpan(i * TFormat.WeightsPerBlock, TFormat.WeightsPerBlock);
    }
}
