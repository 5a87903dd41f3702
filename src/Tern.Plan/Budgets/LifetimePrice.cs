using Tern.Plan.Laws;

namespace Tern.Plan.Budgets;

/// <summary>
/// What the three kinds of operations cost, each divided by the utilisation it reaches: 6 N D of training, 2 N of each prompt token, 2 N of each generated token. Sardana et al. 2024, arXiv 2401.00448, section 4.
/// The unit is the dollar, or the operation where operations are counted.
/// </summary>
/// <param name="PerTrainingFlop">C_tr / MFU_tr.</param>
/// <param name="PerPromptFlop">C_inf / MFU_in.</param>
/// <param name="PerGeneratedFlop">C_inf / MFU_out.</param>
public readonly record struct LifetimePrice(double PerTrainingFlop, double PerPromptFlop, double PerGeneratedFlop)
{
    /// <summary>Operations count themselves.</summary>
    public static LifetimePrice Flop { get; } = new(1, 1, 1);

    /// <summary>Dollars for operations on devices.</summary>
    /// <param name="training">Device and number format of training.</param>
    /// <param name="serving">Of serving.</param>
    /// <param name="servingBits">Bits of the weights as they are stored. Where they are fewer than the format's, generating is faster by this ratio: it is bound by reading weights.</param>
    public static LifetimePrice Usd((Device Device, string Format) training, (Device Device, string Format) serving, double? servingBits = null)
    {
        static double PerFlop((Device Device, string Format) on, double utilisation) => on.Device.UsdPerHour * on.Device.HoursPerFlop(on.Format, utilisation);
        return new(PerFlop(training, training.Device.TrainingUtilisation), PerFlop(serving, serving.Device.PrefillUtilisation), PerFlop(serving, serving.Device.GenerationUtilisation) * FewerBytes(serving.Format, servingBits));
    }

    /// <summary>Bytes of a weight as stored over those of the format in which is multiplied; at most 1.</summary>
    internal static double FewerBytes(string format, double? servingBits) => servingBits is { } bits && NumberFormat.BitsOf(format) is { } full ? Math.Min(1, bits / full) : 1;

    /// <summary>D_eff: the demand in tokens that cost as much for each parameter as a third of a trained one. With it, dollars are minimised as operations are: cost = PerTrainingFlop (6 N D + 2 N D_eff).</summary>
    public double EffectiveServedTokens(ServingDemand demand) =>
        demand.Tokens == 0 ? 0 : ((PerPromptFlop * demand.PromptTokens) + (PerGeneratedFlop * demand.GeneratedTokens)) / PerTrainingFlop;

    /// <summary>Of training.</summary>
    public double Training(Allocation at) => PerTrainingFlop * at.TrainingFlop;

    /// <summary>Of reading prompts.</summary>
    public double Prompts(Allocation at, ServingDemand demand) => PerPromptFlop * at.InferenceFlop(demand.PromptTokens);

    /// <summary>Of generating.</summary>
    public double Generation(Allocation at, ServingDemand demand) => PerGeneratedFlop * at.InferenceFlop(demand.GeneratedTokens);

    /// <summary>Over the life of the model.</summary>
    public double Total(Allocation at, ServingDemand demand) => Training(at) + Prompts(at, demand) + Generation(at, demand);
}
