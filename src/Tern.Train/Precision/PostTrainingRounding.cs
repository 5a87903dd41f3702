using Tern.Train.Architectures;
using Tern.Train.Layers;

namespace Tern.Train.Precision;

/// <summary>A loss of the trained model with its matrices in fewer bits.</summary>
/// <param name="Bits">Of the weights.</param>
/// <param name="HeldOutLoss">Nats per target.</param>
public sealed record PostTrainingLoss(int Bits, double HeldOutLoss);

/// <summary>
/// What a trained model loses when the matrices of attention and feed-forward are rounded to nearest, on <see cref="SymmetricGrid"/> with one scale per output channel (the round-to-nearest variant of
/// post-training quantisation in Kumar et al. 2024, arXiv 2411.04330). What the model rounds otherwise while it is trained stays so. The forward pass rounds; the weights themselves are not touched.
/// </summary>
static class PostTrainingRounding
{
    /// <param name="model">With weights that are trained.</param>
    /// <param name="bits">In the order of the losses. A model that was trained with fewer keeps those: codes of few bits are codes of more bits, too.</param>
    /// <param name="loss">Of the model as it is now.</param>
    public static IEnumerable<PostTrainingLoss> Losses(CausalModel model, IReadOnlyList<int> bits, Func<double> loss)
    {
        IReadOnlyList<(Linear Layer, SymmetricGrid? Trained)> layers = [.. model.Linears.Where(layer => !layer.IsOutput).Select(layer => (layer, layer.WeightGrid))];
        try
        {
            foreach (var count in bits)
            {
                foreach (var (layer, trained) in layers) layer.WeightGrid = new SymmetricGrid(Math.Min(count, trained?.Bits ?? count));
                yield return new PostTrainingLoss(count, loss());
            }
        }
        finally
        {
            foreach (var (layer, trained) in layers) layer.WeightGrid = trained;
        }
    }
}
