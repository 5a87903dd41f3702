using Tern.Plan.Laws;

namespace Tern.Plan.Budgets;

/// <summary>Layers and widths of a Llama.</summary>
/// <param name="HiddenSize">d, a multiple of the head dimension.</param>
/// <param name="Layers">l.</param>
/// <param name="Heads">h.</param>
/// <param name="VocabularySize">V.</param>
/// <param name="TiedEmbeddings">One table for input and output.</param>
public sealed record ModelShape(int HiddenSize, int Layers, int Heads, int VocabularySize, bool TiedEmbeddings)
{
    const int IntermediateMultiple = 64;

    /// <summary>8/3 d, rounded up to a multiple of 64, as recipes have it by default.</summary>
    public int IntermediateSize => ((HiddenSize * 8 / 3) + IntermediateMultiple - 1) / IntermediateMultiple * IntermediateMultiple;

    /// <summary>Of matrices, norms and tables.</summary>
    public long Parameters =>
        ((long)Layers * ((4L * HiddenSize * HiddenSize) + (3L * HiddenSize * IntermediateSize) + (2L * HiddenSize))) + HiddenSize + ((TiedEmbeddings ? 1L : 2L) * VocabularySize * HiddenSize);

    /// <summary>The shape for a number of parameters, by <see cref="ModelShapeRule"/>.</summary>
    public static ModelShape For(double parameters) => ModelShapeRule.Shape(parameters);
}

/// <summary>
/// How wide and deep a model of N parameters is. The ratio d/l is 40 at 10 million parameters (recipes/small.yaml), 128 at 7 billion (Llama, arXiv 2302.13971, table 2) and a power between and below; the loss hardly depends on it
/// (Kaplan et al. 2020, arXiv 2001.08361, figure 5). Heads have 64 dimensions below a billion parameters, 128 above, and 32 or 16 where models are narrow. The vocabulary is 4,096 at 10 million parameters and 32,768 from a billion on; tables
/// are tied below a billion. A layer has 12 d² parameters.
/// </summary>
static class ModelShapeRule
{
    const double SmallParameters = 1e7, SmallAspect = 40, LargeParameters = 7e9, LargeAspect = 128, LeastAspect = 16;
    const double SmallVocabulary = 4096, LargestVocabulary = 32768, LeastVocabulary = 512, TiedBelow = 1e9;
    const double ParametersOfLayer = 12;
    const int VocabularyMultiple = 64, LeastHidden = 16;

    /// <summary>d/l.</summary>
    static double Aspect(double parameters) =>
        Math.Clamp(SmallAspect * Math.Pow(parameters / SmallParameters, Math.Log(LargeAspect / SmallAspect) / Math.Log(LargeParameters / SmallParameters)), LeastAspect, LargeAspect);

    static double Vocabulary(double parameters) =>
        Math.Clamp(SmallVocabulary * Math.Pow(parameters / SmallParameters, Math.Log(LargestVocabulary / SmallVocabulary) / Math.Log(TiedBelow / SmallParameters)), LeastVocabulary, LargestVocabulary);

    static int Tables(double parameters) => parameters < TiedBelow ? 1 : 2;

    /// <summary>l as a real number: 12 a² l³ + tables V a l = N.</summary>
    static double Layers(double parameters)
    {
        var (a, tables) = (Aspect(parameters), Tables(parameters) * Vocabulary(parameters));
        var l = Math.Cbrt(parameters / (ParametersOfLayer * a * a));
        for (var i = 0; i < 40; i++)                                                           // Newton's method on a convex function, from above
            l -= ((ParametersOfLayer * a * a * l * l * l) + (tables * a * l) - parameters) / ((3 * ParametersOfLayer * a * a * l * l) + (tables * a));
        return l;
    }

    /// <summary>Operations of a forward pass for each token, attention included, of the shape before it is rounded: 2 for each weight that multiplies, 4 s d of scores and mixing and 3 s h of softmax for each layer. Hoffmann et al. 2022, arXiv 2203.15556, appendix F, with the input table looked up.</summary>
    /// <param name="parameters">N.</param>
    /// <param name="sequenceTokens">s.</param>
    public static double ForwardFlopPerToken(double parameters, double sequenceTokens)
    {
        var l = Layers(parameters);
        var d = l * Aspect(parameters);
        var weights = (ParametersOfLayer * l * d * d) + (Vocabulary(parameters) * d);
        return (2 * weights) + (l * sequenceTokens * ((4 * d) + (3 * d / HeadDim(parameters))));
    }

    static int HeadDim(double parameters) => parameters < TiedBelow ? 64 : 128;

    public static ModelShape Shape(double parameters)
    {
        var (layers, aspect) = (Layers(parameters), Aspect(parameters));
        var vocabulary = Math.Max(VocabularyMultiple, (int)Math.Round(Vocabulary(parameters) / VocabularyMultiple) * VocabularyMultiple);
        var width = layers * aspect;
        var headDim = HeadDim(parameters);
        while (headDim > LeastHidden && width < 4 * headDim) headDim /= 2;
        var candidates =
            from l in Enumerable.Range(Math.Max(1, (int)layers - 3), 8)
            let heads = HeadsFor(parameters, l, vocabulary, headDim)
            from h in (int[])[heads, heads + 1]
            select new ModelShape(h * headDim, l, h, vocabulary, Tables(parameters) == 1);
        // What is missed of N weighs ten times what is missed of the ratio.
        return candidates.MinBy(shape => (10 * Math.Abs(Math.Log(shape.Parameters / parameters))) + Math.Abs(Math.Log((double)shape.HiddenSize / shape.Layers / aspect)))!;
    }

    /// <summary>The largest number of heads with no more than N parameters; at least 1.</summary>
    static int HeadsFor(double parameters, int layers, int vocabulary, int headDim)
    {
        var (quadratic, linear) = (ParametersOfLayer * layers, (double)Tables(parameters) * vocabulary);
        var width = (Math.Sqrt((linear * linear) + (4 * quadratic * parameters)) - linear) / (2 * quadratic);
        return Math.Max(1, (int)(width / headDim));
    }
}
