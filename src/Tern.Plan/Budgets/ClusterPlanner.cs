namespace Tern.Plan.Budgets;

/// <summary>Devices, time, memory and energy of a plan.</summary>
static class ClusterPlanner
{
    /// <summary>Mixed precision with Adam: 2 of weights, 2 of gradients, 12 of master weights and two moments (Rajbhandari et al. 2020, arXiv 1910.02054, section 3.1).</summary>
    const double StateBytesPerParameter = 16;

    const int DevicesOfServer = 8;
    const double SecondsPerHour = 3600, HoursPerDay = 24, BitsPerByte = 8;

    public static ClusterPlan Plan(PlanRequest request, PlanSituation situation, CostPlan cost, double parameters, double promptFlop, double generationFlop)
    {
        var (train, serve) = (request.TrainingDevice, request.ServingDevice);
        var trainingHours = cost.TrainingFlop / (train.Peak(situation.TrainingFormat) * train.TrainingUtilisation * SecondsPerHour);
        var faster = LifetimePrice.FewerBytes(situation.ServingFormat, situation.ServingBits ?? situation.TrainingBits);
        var servingHours = ((promptFlop / serve.PrefillUtilisation) + (generationFlop * faster / serve.GenerationUtilisation)) / (serve.Peak(situation.ServingFormat) * SecondsPerHour);
        var state = StateBytesPerParameter * parameters;
        var forMemory = train.MemoryBytes > 0 ? Math.Max(1, Whole(state / train.MemoryBytes)) : 1;
        var forTime = request.Days is { } days ? Math.Max(1, Whole(trainingHours / (HoursPerDay * days))) : DevicesOfServer;
        var devices = request.Devices ?? Math.Max(forTime, forMemory);
        double? kilowattHours = train.Watts > 0 && (serve.Watts > 0 || servingHours == 0) ? ((trainingHours * train.Watts) + (servingHours * serve.Watts)) / 1000 : null;
        return new()
        {
            TrainingDevice = train.Name,
            TrainingDeviceHours = trainingHours,
            ServingDeviceHours = servingHours,
            Devices = devices,
            Days = trainingHours / (HoursPerDay * devices),
            TrainingStateBytes = state,
            ServingWeightBytes = parameters * (situation.ServingBits ?? situation.TrainingBits ?? NumberFormat.BitsOf(situation.ServingFormat)!.Value) / BitsPerByte,
            DevicesForMemory = forMemory,
            KilowattHours = kilowattHours,
            KilogramsCo2 = kilowattHours * request.GramsCo2PerKilowattHour / 1000,
        };
    }

    static int Whole(double devices) => (int)Math.Min(int.MaxValue, Math.Ceiling(devices));
}
