using Tern.Numerics.Kernels;
using Tern.Numerics.Threading;
using Tern.Run.Weights;

namespace Tern.Run.Layers;

/// <content>The parallel loops over tokens.</content>
sealed unsafe partial class ForwardPass
{
    struct NormaliseRows : IParallelBody
    {
        public ForwardPass Pass;
        public ParameterVector Norm;

        public readonly void Run(int start, int end, int worker)
        {
            var space = Pass._space;
            for (var token = start; token < end; token++)
            {
                var offset = (long)token * space.HiddenSize;
                Pass._kernels.RmsNorm(
                    space.Residual + offset, Norm.Pointer, space.Normed.Values + offset, space.HiddenSize, (float)Pass.Model.Config.RmsNormEps);
            }
        }
    }

    struct PrepareTile : ITileBody
    {
        public VectorKernels Kernels;
        public Activations Input;
        public ActivationForms Forms;

        public readonly void Run(in BatchTile tile) => Kernels.Prepare(Input, tile.FirstToken, tile.EndToken, tile.FirstColumn, tile.EndColumn, Forms);
    }

    struct AddToResidual : IParallelBody
    {
        public ForwardPass Pass;
        public Linear Linear;
        public ParameterVector? Norm;

        public readonly void Run(int start, int end, int worker)
        {
            var size = Pass._space.HiddenSize;
            for (var token = start; token < end; token++)
            {
                var projected = Pass._space.Projected + (long)token * size;
                if (Linear.Bias is { } bias) Pass._kernels.Add(projected, bias.Pointer, size);
                if (Norm is { } norm) Pass._kernels.RmsNorm(projected, norm.Pointer, projected, size, (float)Pass.Model.Config.RmsNormEps);
                Pass._kernels.Add(Pass._space.Residual + (long)token * size, projected, size);
            }
        }
    }

    struct Activate : ITileBody
    {
        public ForwardPass Pass;
        public DecoderLayer Layer;
        public ActivationForms Forms;

        public readonly void Run(in BatchTile tile)
        {
            for (var token = tile.FirstToken; token < tile.EndToken; token++)
            {
                var offset = (long)token * Layer.Gate.Rows + tile.FirstColumn;
                float* gate = Pass._space.Gate + offset, up = Pass._space.Up + offset, result = Pass._space.Gated.Values + offset;
                if (Layer.Gate.Bias is { } gateBias) Pass._kernels.Add(gate, gateBias.Pointer + tile.FirstColumn, tile.Columns);
                if (Layer.Up.Bias is { } upBias) Pass._kernels.Add(up, upBias.Pointer + tile.FirstColumn, tile.Columns);
                if (Pass.Model.Activation == GateActivation.Silu) Pass._kernels.SwiGlu(gate, up, result, tile.Columns);
                else Pass._kernels.GeGlu(gate, up, result, tile.Columns);
                Pass._kernels.Prepare(Pass._space.Gated, token, token + 1, tile.FirstColumn, tile.EndColumn, Forms);      // while it is in the cache
            }
        }
    }

    /// <summary>Biases, head norms and rotation of queries and keys; keys and values into the caches.</summary>
    struct StoreKeys : IParallelBody
    {
        public ForwardPass Pass;
        public DecoderLayer Layer;
        public int Index;

        public readonly void Run(int start, int end, int worker)
        {
            var space = Pass._space;
            var config = Pass.Model.Config;
            for (var token = start; token < end; token++)
            {
                var slot = space.Slots[token];
                float* queries = space.Queries + (long)token * space.QuerySize;
                float* keys = space.Keys + (long)token * space.KeySize, values = space.Values + (long)token * space.KeySize;
                if (Layer.Query.Bias is { } queryBias) Pass._kernels.Add(queries, queryBias.Pointer, space.QuerySize);
                if (Layer.Key.Bias is { } keyBias) Pass._kernels.Add(keys, keyBias.Pointer, space.KeySize);
                if (Layer.Value.Bias is { } valueBias) Pass._kernels.Add(values, valueBias.Pointer, space.KeySize);

                for (var head = 0; head < config.NumAttentionHeads; head++) Rotate(queries + head * config.HeadDim, Layer.QueryNorm, slot);
                var cache = slot.Sequence.Cache(Index);
                for (var head = 0; head < config.NumKeyValueHeads; head++)
                {
                    Rotate(keys + head * config.HeadDim, Layer.KeyNorm, slot);
                    cache.StoreKey(head, slot.Position, keys + head * config.HeadDim);
                    cache.StoreValue(head, slot.Position, values + head * config.HeadDim);
                }
            }
        }

        readonly void Rotate(float* vector, ParameterVector? norm, TokenSlot slot)
        {
            var config = Pass.Model.Config;
            if (norm is not null) Pass._kernels.RmsNorm(vector, norm.Pointer, vector, config.HeadDim, (float)config.RmsNormEps);
            var table = slot.Sequence.Rotary(Index);
            Pass._kernels.Rotate(
                vector, table.Cosines(slot.Position), table.Sines(slot.Position), Layer.Rotary.RotaryDim, Layer.Rotary.Interleaved);
        }
    }

    DecoderModel Model => model;
}
