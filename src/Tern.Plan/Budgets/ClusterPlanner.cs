namespace Tern.Plan.Budgets;

/// <summary>Devices, time, memory and energy of a plan.</summary>
static class ClusterPlanner
{
    /// <summary>Mixed precision with Adam: 2 of weights, 2 of gradients, 12 of master weights and two moments (Rajbhandari et al. 2020, arXiv 1910.02054, section 3.1).</summary>
    const double StateBytesPerParameter = 16;

    /// <summary>Devices of a usual server (DGX and HGX boards).</summary>
    const int DevicesOfServer = 8;

    const double HoursPerDay = 24, BitsPerByte = 8, WattsPerKilowatt = 1000, GramsPerKilogram = 1000;

    /// <param name="request">Devices, days.</param>
    /// <param name="situation">Number formats.</param>
    /// <param name="cost">Operations of training.</param>
    /// <param name="parameters">N.</param>
    /// <param name="promptFlop">Operations of reading prompts.</param>
    /// <param name="generationFlop">Operations of generating.</param>
    public static ClusterPlan Plan(PlanRequest request, PlanSituation situation, CostPlan cost, double parameters, double promptFlop, double generationFlop)
    {
        var (train, serve) = (request.TrainingDevice, request.ServingDevice);
        var trainingHours = cost.TrainingFlop * train.HoursPerFlop(situation.TrainingFormat, train.TrainingUtilisation);
        var faster = LifetimePrice.FewerBytes(situation.ServingFormat, situation.ServingBits ?? situation.TrainingBits);
        var servingHours = (promptFlop * serve.HoursPerFlop(situation.ServingFormat, serve.PrefillUtilisation)) + (generationFlop * faster * serve.HoursPerFlop(situation.ServingFormat, serve.GenerationUtilisation));
        var servingBits = situation.ServingBits ?? situation.TrainingBits ?? NumberFormat.BitsOf(situation.ServingFormat)!.Value;
        var state = StateBytesPerParameter * parameters;
        var forMemory = train.MemoryBytes > 0 ? Math.Max(1, Whole(state / train.MemoryBytes)) : 1;
        var forTime = request.Days is { } days ? Math.Max(1, Whole(trainingHours / (HoursPerDay * days))) : DevicesOfServer;
        var devices = request.Devices ?? Math.Max(forTime, forMemory);
        double? kilowattHours = train.Watts > 0 && (serve.Watts > 0 || servingHours == 0) ? ((trainingHours * train.Watts) + (servingHours * serve.Watts)) / WattsPerKilowatt : null;
        return new()
        {
            TrainingDevice = train.Name,
            TrainingDeviceHours = trainingHours,
            ServingDeviceHours = servingHours,
            Devices = devices,
            Days = trainingHours / (HoursPerDay * devices),
            TrainingStateBytes = state,
            ServingWeightBits = servingBits,
            ServingWeightBytes = parameters * servingBits / BitsPerByte,
            DevicesForMemory = forMemory,
            KilowattHours = kilowattHours,
            KilogramsCo2 = kilowattHours * request.GramsCo2PerKilowattHour / GramsPerKilogram,
        };
    }

    static int Whole(double devices) => (int)Math.Min(int.MaxValue, Math.Ceiling(devices));
}
